//! The queue: transcription while segments arrive, retries, leases, and notes that are made once.

use std::time::Duration;

use chrono::TimeDelta;
use medrecord_common::recording::{Recording, Stage};
use medrecord_common::transcript::{TextState, Transcript};
use medrecord_server::provider::ProviderError;
use reqwest::StatusCode;
use sqlx::PgPool;

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::speaker::{silent, spoken, text_of};

async fn okafors_device(app: &TestApp) -> Client {
    let okafor = app.add("okafor").await;
    app.device(&okafor).await
}

async fn stage(device: &Client, id: medrecord_common::ids::RecordingId) -> Stage {
    device.get(&format!("/recordings/{id}")).await.json::<Recording>().stage
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_segment_is_heard_before_the_recording_is_complete(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let device = okafors_device(&app).await;
    let id = device.create().await;
    device.send(id, &spoken(0)).await;
    assert_eq!(app.app.run_due_jobs().await, 1);
    device.send(id, &spoken(1)).await;
    assert_eq!(app.app.run_due_jobs().await, 1);
    let asked = app.engine.asked();
    assert_eq!(asked[0].keywords, ["metformin", "lisinopril"]);
    assert_eq!(asked[0].flac, spoken(0).flac);
    assert_eq!(asked[0].previous_text, None);
    let before = asked[1].previous_text.as_ref().map(|text| text.as_str().to_owned());
    assert_eq!(before, Some(text_of(0)));
    assert_eq!(stage(&device, id).await, Stage::Receiving);

    device.complete(id, &[spoken(0), spoken(1)], &[]).await;
    assert_eq!(stage(&device, id).await, Stage::Drafting, "only the draft is outstanding");
    assert_eq!(app.app.run_due_jobs().await, 1);
    let note = device.note_of(id).await;
    let cited: Vec<_> = note.content.evidence().map(|evidence| evidence.seq).collect();
    assert_eq!(cited, [0, 1]);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn within_a_lane_each_segment_waits_for_the_text_before_it(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let device = okafors_device(&app).await;
    let id = device.create().await;
    for seq in (0..20).rev() {
        device.send(id, &spoken(seq)).await;
    }
    app.app.run_due_jobs().await;
    let asked = app.engine.asked();
    assert_eq!(asked.len(), 20);
    let position = |seq: u32| asked.iter().position(|request| request.seq == seq).unwrap();
    for seq in (1..20).filter(|seq| seq % 16 != 0) {
        assert!(position(seq) > position(seq - 1), "{seq} came before {}", seq - 1);
        let before = asked[position(seq)].previous_text.as_ref();
        assert_eq!(before.map(|text| text.as_str().to_owned()), Some(text_of(seq - 1)));
    }
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn no_speech_no_request_no_text(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let device = okafors_device(&app).await;
    let id = device.record(&[silent(0), silent(1)]).await;
    assert_eq!(app.app.run_due_jobs().await, 0);
    let recording: Recording = device.get(&format!("/recordings/{id}")).await.json();
    assert_eq!(recording.stage, Stage::NoSpeech);
    let reason = "No speech was found in this recording, so no note was written.";
    assert_eq!(recording.reason.as_deref(), Some(reason));
    assert_eq!((recording.segments, recording.transcribed), (2, 2));
    let transcript: Transcript = device.get(&format!("/recordings/{id}/transcript")).await.json();
    assert!(transcript.segments.iter().all(|segment| segment.state == TextState::NoSpeech));
    assert_eq!(device.get(&format!("/recordings/{id}/note")).await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_text_that_the_guards_empty_makes_no_note(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let device = okafors_device(&app).await;
    app.engine.answer(|_| Ok("Thank you for watching.".to_owned()));
    let id = device.record(&[spoken(0)]).await;
    app.app.run_due_jobs().await;
    assert_eq!(stage(&device, id).await, Stage::NoSpeech);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_retry_waits_as_long_as_the_provider_asks(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let device = okafors_device(&app).await;
    app.engine.answer(|_| {
        Err(ProviderError::Retry { code: "rate_limit", after: Some(Duration::from_secs(90)) })
    });
    let id = device.record(&[spoken(0)]).await;
    assert_eq!(app.app.run_due_jobs().await, 1);
    app.engine.answer(|request| Ok(text_of(request.seq)));
    app.clock.advance(TimeDelta::seconds(89));
    assert_eq!(app.app.run_due_jobs().await, 0, "too early");
    app.clock.advance(TimeDelta::seconds(1));
    assert_eq!(app.app.run_due_jobs().await, 2);
    // The access token is still good: less than ten minutes went by.
    assert_eq!(stage(&device, id).await, Stage::Ready);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_provider_that_needs_a_hand_is_waited_for(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let device = okafors_device(&app).await;
    app.engine.answer(|_| Err(ProviderError::Attention { code: "invalid_api_key" }));
    let id = device.record(&[spoken(0)]).await;
    for _ in 0..5 {
        assert_eq!(app.app.run_due_jobs().await, 1);
        app.clock.advance(TimeDelta::seconds(60));
    }
    assert_eq!(stage(&device, id).await, Stage::Transcribing, "nothing is given up");
    let error: String =
        sqlx::query_scalar("select error from job").fetch_one(&app.app.pool).await.unwrap();
    assert_eq!(error, "invalid_api_key");
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_refused_segment_makes_the_recording_stuck_and_blocks_no_other(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let device = okafors_device(&app).await;
    app.engine.answer(|request| match request.seq {
        0 => Err(ProviderError::Refused { code: "bad_audio" }),
        seq => Ok(text_of(seq)),
    });
    let id = device.record(&[spoken(0), spoken(1)]).await;
    app.app.run_due_jobs().await;
    assert_eq!(stage(&device, id).await, Stage::Stuck);
    let transcript: Transcript = device.get(&format!("/recordings/{id}/transcript")).await.json();
    let states: Vec<_> = transcript.segments.iter().map(|segment| segment.state).collect();
    assert_eq!(states, [TextState::Failed, TextState::Done]);

    app.engine.answer(|request| Ok(text_of(request.seq)));
    let other = device.record(&[spoken(0)]).await;
    app.app.run_due_jobs().await;
    assert_eq!(stage(&device, other).await, Stage::Ready);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_worker_whose_lease_ran_out_changes_nothing(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let device = okafors_device(&app).await;
    let (pool, clock) = (app.app.pool.clone(), app.clock.clone());
    let id = device.record(&[spoken(0)]).await;
    // While the provider works, the lease runs out and another worker takes the job.
    app.engine.answer(move |_| {
        let (pool, clock) = (pool.clone(), clock.clone());
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                sqlx::query("update job set attempt = attempt + 1, leased_until = $1")
                    .bind(clock.now() + TimeDelta::seconds(30))
                    .execute(&pool)
                    .await
                    .unwrap();
            });
        });
        Ok("The late answer of the first worker.".to_owned())
    });
    // `block_in_place` needs a runtime with more than one thread.
    let runner = app.app.clone();
    let count = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(runner.run_due_jobs())
    });
    assert_eq!(tokio::task::spawn_blocking(|| count.join().unwrap()).await.unwrap(), 1);
    let texts: i64 = sqlx::query_scalar("select count(*) from segment_text")
        .fetch_one(&app.app.pool)
        .await
        .unwrap();
    assert_eq!(texts, 0, "the first worker is fenced out");

    app.engine.answer(|request| Ok(text_of(request.seq)));
    app.clock.advance(TimeDelta::seconds(31));
    assert_eq!(app.app.run_due_jobs().await, 2, "taken up when the lease ran out, then drafted");
    assert_eq!(stage(&device, id).await, Stage::Ready);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_draft_that_runs_twice_makes_one_note(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let device = okafors_device(&app).await;
    let id = device.record(&[spoken(0)]).await;
    assert_eq!(app.app.run_due_jobs().await, 2);
    let note = device.note_of(id).await;
    sqlx::query("update job set state = 'queued', finished_at = null where kind = 'draft'")
        .execute(&app.app.pool)
        .await
        .unwrap();
    assert_eq!(app.app.run_due_jobs().await, 1);
    assert_eq!(device.note_of(id).await, note);
    let notes: i64 =
        sqlx::query_scalar("select count(*) from note").fetch_one(&app.app.pool).await.unwrap();
    assert_eq!(notes, 1);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn an_engine_that_panics_ends_its_attempt_and_no_worker(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let device = okafors_device(&app).await;
    app.engine.answer(|_| panic!("an engine that panics"));
    let id = device.record(&[spoken(0)]).await;
    assert_eq!(app.app.run_due_jobs().await, 1);
    app.engine.answer(|request| Ok(text_of(request.seq)));
    app.clock.advance(TimeDelta::seconds(2));
    assert_eq!(app.app.run_due_jobs().await, 2);
    assert_eq!(stage(&device, id).await, Stage::Ready);
}
