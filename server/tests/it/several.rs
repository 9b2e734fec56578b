//! Notes of several recordings: trimmed, said again, gone on with, discarded; in any order of arrival.

use medrecord_common::PatientText;
use medrecord_common::ids::{PatientId, RecordingId};
use medrecord_common::note::{
    EditNote, Note, NoteBasis, NoteState, Sentence, SentenceKind, SignNote, WorklistItem,
};
use medrecord_common::page::Page;
use medrecord_common::problem::ErrorCode;
use medrecord_common::recording::{Recording, Stage};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::app::{PASSWORD, TestApp};
use crate::support::client::{Client, dictation};
use crate::support::speaker::{SAMPLES, spoken, text_of};

/// One clinician with a workstation and a browser.
struct Practice {
    app: TestApp,
    device: Client,
    browser: Client,
}

impl Practice {
    async fn open(pool: PgPool) -> Self {
        let app = TestApp::start(pool).await;
        let okafor = app.add("okafor").await;
        let (device, browser) = (app.device(&okafor).await, app.browser(&okafor).await);
        Self { app, device, browser }
    }

    /// Records so many segments, with these links, and lets the jobs run.
    async fn record(&self, id: RecordingId, segments: u32, links: Value) {
        record(&self.device, id, segments, links).await;
        self.app.app.run_due_jobs().await;
    }

    async fn change(&self, id: RecordingId, number: u32, what: Value) {
        let mut change = json!({ "number": number, "at": "2026-08-03T09:10:00Z" });
        change.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
        let answer = self.device.post(&format!("/recordings/{id}/changes"), &[change]).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text());
        self.app.app.run_due_jobs().await;
    }

    async fn edit(&self, note: &Note) -> Note {
        let mut sections = note.content.sections.clone();
        let (text, kind) = (PatientText::from("Typed."), SentenceKind::Written);
        sections[0].sentences.push(Sentence { text, kind, evidence: vec![] });
        let path = format!("/notes/{}", note.id);
        let edit = EditNote { sections };
        self.browser.change(Method::PUT, &path, note.version, &edit).await.json()
    }

    async fn stage(&self, id: RecordingId) -> (Stage, Option<String>) {
        let recording: Recording = self.device.get(&format!("/recordings/{id}")).await.json();
        (recording.stage, recording.reason)
    }
}

async fn record(device: &Client, id: RecordingId, segments: u32, links: Value) {
    let mut body = dictation();
    body.as_object_mut().unwrap().extend(links.as_object().unwrap().clone());
    let answer = device.put(&format!("/recordings/{id}"), &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let segments: Vec<_> = (0..segments).map(spoken).collect();
    for segment in &segments {
        device.send(id, segment).await;
    }
    let answer = device.complete(id, &segments, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

fn again(id: RecordingId, from: u32, segments: u32) -> Value {
    json!({ "replaces":
        { "recording": id, "start": from * SAMPLES, "samples": segments * SAMPLES } })
}

/// What the note rests on, in its order.
fn cited(note: &Note) -> Vec<(RecordingId, u32)> {
    note.content.evidence().map(|one| (one.recording, one.seq)).collect()
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_recording_that_goes_on_makes_one_note_from_both_whichever_arrives_first(pool: PgPool) {
    let practice = Practice::open(pool).await;
    for later_first in [false, true] {
        let (first, second) = (RecordingId::new(), RecordingId::new());
        if later_first {
            practice.record(second, 1, json!({ "continues": first })).await;
            assert_eq!(cited(&practice.device.note_of(second).await), [(second, 0)]);
            practice.record(first, 1, json!({})).await;
        } else {
            practice.record(first, 1, json!({})).await;
            practice.record(second, 1, json!({ "continues": first })).await;
        }
        let note = practice.device.note_of(first).await;
        assert_eq!(practice.device.note_of(second).await, note, "one note");
        assert_eq!(note.recordings, [first, second]);
        assert_eq!(cited(&note), [(first, 0), (second, 0)]);
        assert_eq!((note.version, note.basis), (2, NoteBasis::Current));
        assert_eq!(practice.stage(first).await, (Stage::Ready, None));
        assert_eq!(practice.stage(second).await, (Stage::Ready, None));
    }
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn drafts_become_one_when_what_links_them_arrives_last(pool: PgPool) {
    let practice = Practice::open(pool).await;
    let (first, second, third) = (RecordingId::new(), RecordingId::new(), RecordingId::new());
    practice.record(third, 1, json!({ "continues": second })).await;
    practice.record(first, 1, json!({})).await;
    let apart = practice.device.note_of(third).await;
    practice.record(second, 1, json!({ "continues": first })).await;
    let note = practice.device.note_of(second).await;
    assert_eq!(note.recordings, [first, second, third]);
    assert_eq!(practice.device.note_of(third).await, note);
    let gone = practice.device.get(&format!("/notes/{}", apart.id)).await;
    let kept = practice.device.note_of(first).await.id;
    assert!(kept == apart.id || gone.fault() == (404, ErrorCode::NotFound));
    let notes: i64 = sqlx::query_scalar("select count(*) from note")
        .fetch_one(&practice.app.app.pool)
        .await
        .unwrap();
    assert_eq!(notes, 1);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_part_said_again_stands_in_the_place_of_the_old_one(pool: PgPool) {
    let practice = Practice::open(pool).await;
    let (first, second) = (RecordingId::new(), RecordingId::new());
    practice.record(first, 3, json!({})).await;
    practice.app.engine.answer(|_| Ok("It is the left knee that hurts.".to_owned()));
    practice.record(second, 1, again(first, 1, 1)).await;
    let note = practice.device.note_of(first).await;
    assert_eq!(cited(&note), [(first, 0), (second, 0), (first, 2)]);
    let text = serde_json::to_string(&note.content).unwrap();
    assert!(text.contains("left knee") && !text.contains(&text_of(1)), "{text}");
    let audio = practice.browser.get(&format!("/recordings/{first}/audio")).await;
    assert_eq!(audio.bytes.len(), 44 + 3 * 2 * SAMPLES as usize, "the old one is kept whole");

    practice.change(second, 0, json!({ "change": "discard" })).await;
    let note = practice.device.note_of(first).await;
    assert_eq!(cited(&note), [(first, 0), (first, 1), (first, 2)], "the old words are back");
    assert_eq!(note.recordings, [first]);
    practice.change(second, 1, json!({ "change": "restore" })).await;
    let note = practice.device.note_of(first).await;
    assert_eq!(cited(&note), [(first, 0), (second, 0), (first, 2)]);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_trimmed_end_leaves_the_draft_and_comes_back_when_it_is_undone(pool: PgPool) {
    let practice = Practice::open(pool).await;
    let id = RecordingId::new();
    practice.record(id, 3, json!({})).await;
    practice.change(id, 0, json!({ "change": "trim", "samples": SAMPLES + 10 })).await;
    assert_eq!(cited(&practice.device.note_of(id).await), [(id, 0), (id, 1)]);
    practice.change(id, 1, json!({ "change": "trim", "samples": null })).await;
    assert_eq!(cited(&practice.device.note_of(id).await), [(id, 0), (id, 1), (id, 2)]);
    assert_eq!(practice.device.note_of(id).await.version, 3);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn what_is_trimmed_whole_makes_no_note_and_says_so(pool: PgPool) {
    let practice = Practice::open(pool).await;
    let id = practice.device.create().await;
    practice.change(id, 0, json!({ "change": "trim", "samples": 0 })).await;
    practice.device.send(id, &spoken(0)).await;
    practice.device.complete(id, &[spoken(0)], &[]).await;
    practice.app.app.run_due_jobs().await;
    let (stage, reason) = practice.stage(id).await;
    assert_eq!(stage, Stage::NoSpeech);
    assert!(reason.unwrap().contains("left out"));
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn discarding_one_of_several_takes_its_text_out_of_an_untouched_draft(pool: PgPool) {
    let practice = Practice::open(pool).await;
    let (first, second) = (RecordingId::new(), RecordingId::new());
    practice.record(first, 1, json!({})).await;
    practice.record(second, 1, json!({ "continues": first })).await;
    let note = practice.device.note_of(first).await;
    let discard = json!([{ "number": 0, "at": "2026-08-03T09:10:00Z", "change": "discard" }]);
    practice.device.post(&format!("/recordings/{first}/changes"), &discard).await;
    let hidden = practice.browser.get(&format!("/notes/{}", note.id)).await;
    assert_eq!(hidden.fault(), (404, ErrorCode::NotFound), "at once, before the job ran");
    practice.app.app.run_due_jobs().await;
    let note = practice.browser.note(note.id).await;
    assert_eq!((cited(&note), note.recordings), (vec![(second, 0)], vec![second]));

    // Thirty days later nothing of the discarded one's words is left, and the note is.
    practice.app.clock.advance(chrono::TimeDelta::days(31));
    assert_eq!(practice.app.app.purge_discarded().await.unwrap(), 1);
    let versions: Vec<i32> =
        sqlx::query_scalar("select version from note_version order by version")
            .fetch_all(&practice.app.app.pool)
            .await
            .unwrap();
    assert_eq!(versions, [note.version.cast_signed()], "earlier versions held its words");
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn an_edited_note_is_told_and_not_touched_until_a_person_asks(pool: PgPool) {
    let practice = Practice::open(pool).await;
    let (first, second) = (RecordingId::new(), RecordingId::new());
    practice.record(first, 2, json!({})).await;
    let edited = practice.edit(&practice.device.note_of(first).await).await;
    practice.record(second, 1, again(first, 1, 1)).await;
    let told = practice.browser.note(edited.id).await;
    assert_eq!((&told.content, told.version), (&edited.content, edited.version));
    assert_eq!((told.basis, told.recordings.clone()), (NoteBasis::Changed, vec![first, second]));
    assert_eq!(practice.stage(second).await, (Stage::Ready, None));

    let path = format!("/notes/{}/draft", told.id);
    let late = practice.browser.change(Method::POST, &path, 1, &json!({})).await;
    assert_eq!(late.fault(), (412, ErrorCode::VersionConflict));
    let asked: Note =
        practice.browser.change(Method::POST, &path, told.version, &json!({})).await.json();
    assert_eq!((asked.basis, asked.version), (NoteBasis::Drafting, told.version));
    practice.app.app.run_due_jobs().await;
    let anew = practice.browser.note(told.id).await;
    assert_eq!((anew.version, anew.basis), (told.version + 1, NoteBasis::Current));
    assert_eq!(cited(&anew), [(first, 0), (second, 0)]);
    let kinds = anew.content.sections.iter().flat_map(|section| &section.sentences);
    assert!(kinds.into_iter().all(|sentence| sentence.kind == SentenceKind::Dictated));
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn an_edited_note_forgets_the_news_when_it_is_taken_back(pool: PgPool) {
    let practice = Practice::open(pool).await;
    let id = RecordingId::new();
    practice.record(id, 2, json!({})).await;
    let edited = practice.edit(&practice.device.note_of(id).await).await;
    practice.change(id, 0, json!({ "change": "trim", "samples": SAMPLES })).await;
    assert_eq!(practice.browser.note(edited.id).await.basis, NoteBasis::Changed);
    practice.change(id, 1, json!({ "change": "trim", "samples": null })).await;
    let note = practice.browser.note(edited.id).await;
    assert_eq!((note.basis, note.content), (NoteBasis::Current, edited.content));
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn an_edit_after_the_wish_for_a_new_draft_counts_more(pool: PgPool) {
    let practice = Practice::open(pool).await;
    let id = RecordingId::new();
    practice.record(id, 2, json!({})).await;
    let edited = practice.edit(&practice.device.note_of(id).await).await;
    let path = format!("/notes/{}/draft", edited.id);
    practice.browser.change(Method::POST, &path, edited.version, &json!({})).await;
    let edited = practice.edit(&edited).await;
    practice.app.app.run_due_jobs().await;
    assert_eq!(practice.browser.note(edited.id).await.content, edited.content);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn after_a_signature_the_new_recording_gets_a_note_of_its_own(pool: PgPool) {
    let practice = Practice::open(pool).await;
    let (first, second) = (RecordingId::new(), RecordingId::new());
    practice.record(first, 2, json!({})).await;
    let note = practice.device.note_of(first).await;
    let sign = SignNote { password: PASSWORD.to_owned() };
    let path = format!("/notes/{}/sign", note.id);
    let signed: Note = practice.browser.change(Method::POST, &path, 1, &sign).await.json();
    practice.record(second, 1, again(first, 1, 1)).await;
    practice.change(first, 0, json!({ "change": "trim", "samples": 0 })).await;
    let own = practice.device.note_of(second).await;
    assert_eq!((cited(&own), own.state), (vec![(second, 0)], NoteState::Draft));
    let after = practice.browser.note(note.id).await;
    assert_eq!(
        after,
        Note { later: vec![own.id], ..signed },
        "only that it points to the later one"
    );
    let path = format!("/notes/{}/draft", note.id);
    let refused = practice.browser.change(Method::POST, &path, 1, &json!({})).await;
    assert_eq!(refused.fault(), (409, ErrorCode::NoteSigned));
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_link_to_someone_elses_recording_leads_nowhere(pool: PgPool) {
    let practice = Practice::open(pool).await;
    let lindqvist = practice.app.add("lindqvist").await;
    let stranger = practice.app.device(&lindqvist).await;
    let (own, theirs) = (RecordingId::new(), RecordingId::new());
    practice.record(own, 2, json!({})).await;
    let before = practice.device.note_of(own).await;
    record(&stranger, theirs, 1, again(own, 0, 2)).await;
    let further = RecordingId::new();
    record(&stranger, further, 1, json!({ "continues": own })).await;
    practice.app.app.run_due_jobs().await;
    practice.change(own, 0, json!({ "change": "marker", "sample": 5 })).await;
    assert_eq!(practice.device.note_of(own).await, before);
    for id in [theirs, further] {
        let note = stranger.note_of(id).await;
        assert_eq!((cited(&note), note.recordings), (vec![(id, 0)], vec![id]));
    }
    let page: Page<WorklistItem> = practice.browser.get("/worklist").await.json();
    assert_eq!(page.items.len(), 1);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn another_patient_takes_a_recording_out_of_the_note(pool: PgPool) {
    let practice = Practice::open(pool).await;
    let (first, second) = (RecordingId::new(), RecordingId::new());
    let patient = json!({ "id": PatientId::new(), "name": "Hale" });
    practice.record(first, 1, json!({ "patient": patient })).await;
    practice.record(second, 1, json!({ "patient": patient, "continues": first })).await;
    assert_eq!(practice.device.note_of(second).await.recordings, [first, second]);
    let other = json!({ "id": PatientId::new(), "name": "Moreau" });
    practice.change(second, 0, json!({ "change": "patient", "patient": other })).await;
    let (hale, moreau) =
        (practice.device.note_of(first).await, practice.device.note_of(second).await);
    assert_eq!((cited(&hale), cited(&moreau)), (vec![(first, 0)], vec![(second, 0)]));
    assert_eq!(hale.patient.unwrap().name, PatientText::from("Hale"));
    assert_eq!(moreau.patient.unwrap().name, PatientText::from("Moreau"));
    practice.change(second, 1, json!({ "change": "patient", "patient": patient })).await;
    assert_eq!(practice.device.note_of(first).await.recordings, [first, second]);
}
