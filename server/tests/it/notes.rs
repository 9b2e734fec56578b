//! Notes: edited under `If-Match`, signed once, unchanged after.

use medrecord_common::PatientText;
use medrecord_common::ids::RecordingId;
use medrecord_common::note::{
    EditNote, Evidence, Note, NoteState, Sentence, SentenceKind, SignNote, WorklistItem,
};
use medrecord_common::page::Page;
use medrecord_common::problem::ErrorCode;
use medrecord_common::recording::Stage;
use reqwest::{Method, StatusCode};
use serde_json::json;
use sqlx::PgPool;

use crate::support::app::{PASSWORD, TestApp};
use crate::support::client::{Answer, Client};
use crate::support::speaker::spoken;

async fn drafted(app: &TestApp) -> (Client, Note) {
    let okafor = app.add("okafor").await;
    let device = app.device(&okafor).await;
    let id = device.record(&[spoken(0), spoken(1)]).await;
    app.app.run_due_jobs().await;
    let browser = app.browser(&okafor).await;
    let note = browser.note_of(id).await;
    (browser, note)
}

fn edited(note: &Note, text: &str, evidence: Vec<Evidence>) -> EditNote {
    let mut sections = note.content.sections.clone();
    let kind = SentenceKind::Written;
    sections[0].sentences.push(Sentence { text: PatientText::from(text), kind, evidence });
    EditNote { sections }
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn an_edit_is_a_new_version_and_an_equal_one_none(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let (browser, note) = drafted(&app).await;
    let path = format!("/notes/{}", note.id);
    assert_eq!(browser.get(&path).await.headers["etag"], "\"1\"");
    let edit = edited(&note, "Follow up in two weeks.", vec![]);
    let answer = browser.change(Method::PUT, &path, 1, &edit).await;
    assert_eq!(answer.headers["etag"], "\"2\"");
    assert_eq!(answer.json::<Note>().content.sections, edit.sections);
    let answer = browser.change(Method::PUT, &path, 2, &edit).await;
    assert_eq!(answer.json::<Note>().version, 2, "nothing changed");
    let versions: i64 = sqlx::query_scalar("select count(*) from note_version")
        .fetch_one(&app.app.pool)
        .await
        .unwrap();
    assert_eq!(versions, 2);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_changed_sentence_is_written_whatever_the_client_says(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let (browser, note) = drafted(&app).await;
    let path = format!("/notes/{}", note.id);
    let mut sections = note.content.sections.clone();
    let original = sections[0].sentences[0].clone();
    assert_eq!(original.kind, SentenceKind::Dictated);
    sections[0].sentences[0].text = PatientText::from("Lisinopril 400 mg.");
    let answer = browser.change(Method::PUT, &path, 1, &EditNote { sections }).await;
    let changed: Note = answer.json();
    let sentence = &changed.content.sections[0].sentences[0];
    assert_eq!(sentence.kind, SentenceKind::Written);
    assert_eq!(sentence.evidence, original.evidence, "what was said there can still be heard");

    let mut sections = changed.content.sections.clone();
    sections[0].sentences[0].text = original.text.clone();
    let answer = browser.change(Method::PUT, &path, 2, &EditNote { sections }).await;
    let back: Note = answer.json();
    assert_eq!(back.content, note.content, "said again as the draft says it, it is the draft's");
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn an_edit_of_another_version_is_refused(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let (browser, note) = drafted(&app).await;
    let path = format!("/notes/{}", note.id);
    let edit = edited(&note, "Follow up in two weeks.", vec![]);
    let missing = browser.put(&path, &edit).await;
    assert_eq!(missing.fault(), (428, ErrorCode::PreconditionRequired));
    browser.change(Method::PUT, &path, 1, &edit).await;
    let late = browser.change(Method::PUT, &path, 1, &edited(&note, "Else.", vec![])).await;
    assert_eq!(late.fault(), (412, ErrorCode::VersionConflict));
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn evidence_must_be_a_segment_of_the_note(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let (browser, note) = drafted(&app).await;
    let path = format!("/notes/{}", note.id);
    let own = note.recordings[0];
    for (recording, seq) in [(own, 2), (RecordingId::new(), 0)] {
        let edit = edited(&note, "Text.", vec![Evidence { recording, seq }]);
        let answer = browser.change(Method::PUT, &path, 1, &edit).await;
        assert_eq!(answer.fault(), (422, ErrorCode::Invalid));
    }
    let edit = edited(&note, "Text.", vec![Evidence { recording: own, seq: 1 }]);
    let answer = browser.change(Method::PUT, &path, 1, &edit).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_signed_note_is_hashed_and_never_changes(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let (browser, note) = drafted(&app).await;
    let (path, sign) = (format!("/notes/{}", note.id), format!("/notes/{}/sign", note.id));
    let wrong = SignNote { password: "wrong".to_owned() };
    let answer = browser.change(Method::POST, &sign, 1, &wrong).await;
    assert_eq!(answer.fault(), (401, ErrorCode::SignInFailed));

    let right = SignNote { password: PASSWORD.to_owned() };
    let answer = browser.change(Method::POST, &sign, 2, &right).await;
    assert_eq!(answer.fault(), (412, ErrorCode::VersionConflict), "another version was read");
    let signed: Note = browser.change(Method::POST, &sign, 1, &right).await.json();
    assert_eq!(signed.state, NoteState::Signed);
    let signature = signed.signature.expect("a signed note is signed");
    assert_eq!(signature.sha256, note.content.digest().to_string());
    assert_eq!(signature.name, "Dr. okafor");

    let edit = edited(&note, "Else.", vec![]);
    let answer = browser.change(Method::PUT, &path, 1, &edit).await;
    assert_eq!(answer.fault(), (409, ErrorCode::NoteSigned));
    let answer = browser.change(Method::POST, &sign, 1, &right).await;
    assert_eq!(answer.fault(), (409, ErrorCode::NoteSigned));
    let forced = sqlx::query("update note set version = 9").execute(&app.app.pool).await;
    assert!(forced.is_err(), "not even by hand");
    let forced = sqlx::query("update note_version set content = '{}'").execute(&app.app.pool).await;
    assert!(forced.is_err(), "not even by hand");
    assert_eq!(app.audited("sign_note").await, 1);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn the_worklist_follows_a_recording_to_its_signed_note(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let (device, browser) = (app.device(&okafor).await, app.browser(&okafor).await);
    let id = RecordingId::new();
    let patient = medrecord_common::ids::PatientId::new();
    let body = json!({ "kind": "dictation", "language": "en",
        "started_at": "2026-08-03T08:59:00Z", "patient": { "id": patient, "name": "Hale" } });
    device.put(&format!("/recordings/{id}"), &body).await;
    let item = async || {
        let page: Page<WorklistItem> = browser.get("/worklist").await.json();
        page.items.into_iter().next().unwrap()
    };
    assert_eq!(item().await.stage, Stage::Receiving);
    device.send(id, &spoken(0)).await;
    device.complete(id, &[spoken(0)], &[]).await;
    assert_eq!((item().await.stage, item().await.transcribed), (Stage::Transcribing, 0));
    app.app.run_due_jobs().await;
    let ready = item().await;
    assert_eq!((ready.stage, ready.transcribed), (Stage::Ready, 1));
    assert_eq!(ready.note_state, Some(NoteState::Draft));
    assert_eq!(ready.patient.unwrap().name, PatientText::from("Hale"));
    let note = browser.note(ready.note.unwrap()).await;
    assert_eq!(ready.template, Some(note.content.template.clone()));

    // The patient is another than was said first: the draft follows.
    let other = json!([{ "number": 0, "at": "2026-08-03T09:00:01Z", "change": "patient",
        "patient": { "id": medrecord_common::ids::PatientId::new(), "name": "Moreau" } }]);
    device.post(&format!("/recordings/{id}/changes"), &other).await;
    let patient = browser.note(note.id).await.patient.unwrap();
    assert_eq!(patient.name, PatientText::from("Moreau"));

    let sign = format!("/notes/{}/sign", note.id);
    let right = SignNote { password: PASSWORD.to_owned() };
    browser.change(Method::POST, &sign, note.version, &right).await;
    assert_eq!(item().await.note_state, Some(NoteState::Signed));
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_request_that_cannot_be_read_is_refused_without_being_quoted(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let (browser, note) = drafted(&app).await;
    let path = format!("/notes/{}", note.id);
    let request = browser.request(Method::PUT, &path).header("if-match", "\"1\"");
    let request = request.header("content-type", "application/json");
    let broken = Answer::of(request.body(r#"{"sections": "Quillwort"}"#)).await;
    assert_eq!(broken.fault(), (400, ErrorCode::BadRequest));
    assert!(!broken.text().contains("Quillwort"));
    let answer = browser.get("/notes/17").await;
    assert_eq!(answer.fault(), (400, ErrorCode::BadRequest));
    let answer = browser.get("/nothing").await;
    assert_eq!(answer.fault(), (404, ErrorCode::NotFound));
    let answer = browser.post("/worklist", &json!({})).await;
    assert_eq!(answer.fault(), (405, ErrorCode::MethodNotAllowed));
}
