//! Jobs that were given up, tried again by the clinician or by who looks after the installation.

use std::sync::{Arc, Mutex, mpsc};

use async_trait::async_trait;
use chrono::TimeDelta;
use medrecord_common::auth::Clinician;
use medrecord_common::ids::RecordingId;
use medrecord_common::note::NoteContent;
use medrecord_common::problem::ErrorCode;
use medrecord_common::recording::{Recording, Stage};
use medrecord_server::App;
use medrecord_server::clock::Clock;
use medrecord_server::drafting::{DraftRequest, NoteDrafter};
use medrecord_server::provider::ProviderError;
use reqwest::StatusCode;
use serde_json::json;
use sqlx::PgPool;

use crate::support::app::TestApp;
use crate::support::client::{Answer, Client};
use crate::support::openai::OpenAi;
use crate::support::programs::Programs;
use crate::support::speaker::{spoken, text_of};

/// One clinician with a workstation and a browser.
struct Practice {
    clinician: Clinician,
    device: Client,
    browser: Client,
}

impl Practice {
    async fn open(app: &TestApp, name: &str) -> Self {
        let clinician = app.add(name).await;
        let (device, browser) = (app.device(&clinician).await, app.browser(&clinician).await);
        Self { clinician, device, browser }
    }

    /// A recording that is not heard: its only segment is refused.
    async fn stuck(&self, app: &TestApp) -> RecordingId {
        app.engine.answer(|_| Err(ProviderError::Refused { code: "bad_audio" }));
        let id = self.device.record(&[spoken(0)]).await;
        app.app.run_due_jobs().await;
        assert_eq!(self.stage(id).await, Stage::Stuck);
        app.engine.answer(|request| Ok(text_of(request.seq)));
        id
    }

    async fn stage(&self, id: RecordingId) -> Stage {
        stage(&self.browser, id).await
    }

    async fn retry(&self, id: RecordingId) -> Answer {
        self.browser.post(&format!("/recordings/{id}/retry"), &json!({})).await
    }
}

async fn stage(browser: &Client, id: RecordingId) -> Stage {
    browser.get(&format!("/recordings/{id}")).await.json::<Recording>().stage
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&app.app.pool).await.unwrap()
}

const EVENTS: &str = "select count(*) from event";
const GIVEN_UP: &str = "select count(*) from job where state = 'dead'";

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn what_was_given_up_is_tried_again_and_makes_its_note(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = Practice::open(&app, "okafor").await;
    let id = okafor.stuck(&app).await;
    assert_eq!(app.app.run_due_jobs().await, 0, "nothing is tried by itself");

    let before = count(&app, EVENTS).await;
    assert_eq!(okafor.retry(id).await.status, StatusCode::NO_CONTENT);
    assert_eq!(okafor.stage(id).await, Stage::Transcribing);
    assert!(count(&app, EVENTS).await > before, "the pages are told");
    assert_eq!(count(&app, "select count(*) from job where error is not null").await, 0);
    assert_eq!(app.app.run_due_jobs().await, 2, "heard, then drafted");
    assert_eq!(okafor.stage(id).await, Stage::Ready);
    okafor.device.note_of(id).await;
    assert_eq!(app.audited("retry_recording").await, 1);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn to_try_again_what_was_not_given_up_changes_nothing(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = Practice::open(&app, "okafor").await;
    let id = okafor.stuck(&app).await;
    for _ in 0..3 {
        assert_eq!(okafor.retry(id).await.status, StatusCode::NO_CONTENT);
    }
    app.app.run_due_jobs().await;
    let (note, events) = (okafor.device.note_of(id).await, count(&app, EVENTS).await);
    assert_eq!(okafor.retry(id).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.app.run_due_jobs().await, 0);
    assert_eq!(okafor.device.note_of(id).await, note);
    assert_eq!(count(&app, EVENTS).await, events);
    assert_eq!(app.audited("retry_recording").await, 1);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn only_ones_own_recording_is_tried_again_and_none_that_is_discarded(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = Practice::open(&app, "okafor").await;
    let lindqvist = Practice::open(&app, "lindqvist").await;
    let (first, second) = (okafor.stuck(&app).await, okafor.stuck(&app).await);
    let theirs = lindqvist.stuck(&app).await;
    assert_eq!(lindqvist.retry(first).await.fault(), (404, ErrorCode::NotFound));
    let from_elsewhere = okafor.browser.clone().with_header("sec-fetch-site", "cross-site");
    let answer = from_elsewhere.post(&format!("/recordings/{first}/retry"), &json!({})).await;
    assert_eq!(answer.fault(), (403, ErrorCode::Forbidden));
    assert_eq!(count(&app, GIVEN_UP).await, 3);

    assert_eq!(okafor.retry(first).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.app.run_due_jobs().await, 2);
    assert_eq!(okafor.stage(first).await, Stage::Ready);
    assert_eq!(okafor.stage(second).await, Stage::Stuck);
    assert_eq!(lindqvist.stage(theirs).await, Stage::Stuck);

    let discard = json!([{ "number": 0, "at": "2026-08-03T09:10:00Z", "change": "discard" }]);
    okafor.device.post(&format!("/recordings/{second}/changes"), &discard).await;
    assert_eq!(okafor.retry(second).await.fault(), (404, ErrorCode::NotFound));
    assert_eq!(count(&app, GIVEN_UP).await, 2);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn an_attempt_from_before_it_was_given_up_writes_nothing(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = Practice::open(&app, "okafor").await;
    let id = okafor.device.record(&[spoken(0)]).await;
    // The first worker's provider answers when `hold` is dropped.
    let (hold, held) = mpsc::channel::<()>();
    let (begun, mut is_begun) = tokio::sync::mpsc::unbounded_channel();
    let held = Mutex::new(held);
    app.engine.answer(move |_| {
        begun.send(()).unwrap();
        let _ = held.lock().unwrap().recv();
        Ok("The late answer of the first worker.".to_owned())
    });
    let worker = app.app.clone();
    let first = tokio::task::spawn_blocking(move || {
        tokio::runtime::Handle::current().block_on(worker.run_due_jobs())
    });
    is_begun.recv().await.unwrap();

    // Its lease runs out, a second worker gives the job up, it is tried again, and a third one has it.
    app.engine.answer(|_| Err(ProviderError::Refused { code: "bad_audio" }));
    app.clock.advance(TimeDelta::seconds(31));
    assert_eq!(app.app.run_due_jobs().await, 1);
    assert_eq!(okafor.stage(id).await, Stage::Stuck);
    assert_eq!(okafor.retry(id).await.status, StatusCode::NO_CONTENT);
    sqlx::query("update job set state = 'running', attempt = attempt + 1, leased_until = $1")
        .bind(app.clock.now() + TimeDelta::seconds(30))
        .execute(&app.app.pool)
        .await
        .unwrap();
    drop(hold);
    assert_eq!(first.await.unwrap(), 1);
    let texts = count(&app, "select count(*) from segment_text").await;
    assert_eq!(texts, 0, "the first worker is fenced out");

    app.engine.answer(|request| Ok(text_of(request.seq)));
    app.clock.advance(TimeDelta::seconds(31));
    assert_eq!(
        app.app.run_due_jobs().await,
        2,
        "the third one's lease ran out too; then the draft"
    );
    assert_eq!(okafor.stage(id).await, Stage::Ready);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn what_is_tried_again_has_as_many_attempts_as_at_first(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = Practice::open(&app, "okafor").await;
    app.engine.answer(|_| Err(ProviderError::Retry { code: "overloaded", after: None }));
    let id = okafor.device.record(&[spoken(0)]).await;
    // All but the last of them.
    sqlx::query("update job set attempt = 199").execute(&app.app.pool).await.unwrap();
    assert_eq!(app.app.run_due_jobs().await, 1);
    assert_eq!(okafor.stage(id).await, Stage::Stuck);

    okafor.retry(id).await;
    assert_eq!(app.app.run_due_jobs().await, 1);
    assert_eq!(okafor.stage(id).await, Stage::Transcribing, "the first attempt of many");
    app.engine.answer(|request| Ok(text_of(request.seq)));
    app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(app.app.run_due_jobs().await, 2, "and as soon as after a first one");
    assert_eq!(okafor.stage(id).await, Stage::Ready);
}

/// A drafter that takes no text.
struct Refuses;

#[async_trait]
impl NoteDrafter for Refuses {
    fn name(&self) -> &'static str {
        "refuses/1"
    }

    async fn draft(&self, _: &DraftRequest) -> Result<NoteContent, ProviderError> {
        Err(ProviderError::Refused { code: "too_long" })
    }
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_draft_that_was_given_up_is_tried_again_from_the_text_that_is_there(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = Practice::open(&app, "okafor").await;
    // A second process, of the same installation.
    let (config, pool) = ((*app.app.config).clone(), app.app.pool.clone());
    let (speech, drafter) = (Arc::new(app.engine.clone()), Arc::new(Refuses));
    let refusing = App::new(config, pool, speech, drafter, app.clock.clone()).await.unwrap();
    let id = okafor.device.record(&[spoken(0)]).await;
    assert_eq!(refusing.run_due_jobs().await, 2);
    assert_eq!(okafor.stage(id).await, Stage::Stuck);
    assert_eq!(app.engine.asked().len(), 1);

    assert_eq!(okafor.retry(id).await.status, StatusCode::NO_CONTENT);
    assert_eq!(okafor.stage(id).await, Stage::Drafting);
    assert_eq!(app.app.run_due_jobs().await, 1);
    assert_eq!(okafor.stage(id).await, Stage::Ready);
    assert!(app.engine.asked().is_empty(), "nothing is heard twice");
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn one_command_tries_everyones_recordings_again(pool: PgPool) {
    let app = TestApp::start(pool.clone()).await;
    let ada = Practice::open(&app, "ada").await;
    let lindqvist = Practice::open(&app, "lindqvist").await;
    let (one, other) = (ada.stuck(&app).await, lindqvist.stuck(&app).await);
    let discarded = ada.stuck(&app).await;
    let discard = json!([{ "number": 0, "at": "2026-08-03T09:10:00Z", "change": "discard" }]);
    ada.device.post(&format!("/recordings/{discarded}/changes"), &discard).await;

    let openai = OpenAi::start(0, |_| String::new()).await;
    let programs = Programs::new(&pool, &openai.url).await;
    for jobs in [2, 0] {
        let said = programs.server_prints(&["jobs", "retry"]).await;
        assert_eq!(said, format!("Jobs that are tried again: {jobs}\n"));
    }
    assert_eq!(ada.stage(one).await, Stage::Transcribing);
    assert_eq!(count(&app, GIVEN_UP).await, 1, "what is discarded stays as it is");
    assert_eq!(app.audited("retry_recording").await, 2);

    // The command went by the system's clock.
    app.clock.advance(Clock::system().now() - app.clock.now());
    assert_eq!(app.app.run_due_jobs().await, 4);
    for (practice, id) in [(&ada, one), (&lindqvist, other)] {
        let browser = app.browser(&practice.clinician).await;
        assert_eq!(stage(&browser, id).await, Stage::Ready);
    }
}
