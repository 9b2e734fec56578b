//! What monitoring reads: for the holder of the token only, and numbers only.

use chrono::TimeDelta;
use medrecord_common::health::{Backup, Health};
use medrecord_common::ids::RecordingId;
use medrecord_server::provider::ProviderError;
use serde_json::json;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::support::app::TestApp;
use crate::support::speaker::spoken;

const TOKEN: &str = "a token of the monitoring, 32 bytes long";

async fn metrics(app: &TestApp, token: Option<&str>) -> (u16, String) {
    let mut request =
        reqwest::Client::builder().build().unwrap().get(format!("{}/metrics", app.url));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn metrics_count_workstations_what_waits_on_them_and_the_queue(pool: PgPool) {
    let app = TestApp::start_with(pool, |config| config.metrics_token = Some(TOKEN.into())).await;
    let okafor = app.add("okafor").await;
    let (quiet, lost) = (app.enrol(&okafor).await, app.enrol(&okafor).await);
    let tell = json!({ "version": "0.1.0", "waiting": 2, "oldest_waiting_s": 90, "wedged": 1,
        "clock_skew_s": 0 });
    for enrolled in [&quiet, &lost] {
        let device = app.anyone().with_token(&enrolled.tokens.access_token);
        assert_eq!(device.put("/devices/self/report", &tell).await.status, 204);
    }
    let path = format!("/devices/{}/revoke", lost.device);
    app.browser(&okafor).await.post(&path, &json!({})).await;
    app.clock.advance(TimeDelta::minutes(10));
    app.device(&okafor).await.record(&[spoken(0)]).await;
    app.clock.advance(TimeDelta::seconds(30));

    let (status, text) = metrics(&app, Some(TOKEN)).await;
    assert_eq!(status, 200);
    for line in [
        r#"medrecord_devices{seen="5m"} 1"#,
        r#"medrecord_devices{seen="1h"} 1"#,
        r#"medrecord_devices{seen="older"} 0"#,
        r#"medrecord_devices{seen="revoked"} 1"#,
        "medrecord_recordings_waiting 2",
        "medrecord_oldest_waiting_recording_seconds 720",
        "medrecord_recordings_wedged 1",
        r#"medrecord_jobs{state="queued"} 1"#,
        "medrecord_oldest_due_job_seconds 30",
        r#"medrecord_http_requests_total{method="PUT",route="/api/v1/recordings/{id}/segments/{seq}",status="201"} 1"#,
        r#"medrecord_http_request_seconds_count{route="/api/v1/recordings/{id}/complete"} 1"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
    }
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn metrics_tell_of_failing_jobs_the_disk_and_the_age_of_the_backup(pool: PgPool) {
    let folder = tempfile::tempdir().unwrap();
    let status = folder.path().join("backup.json");
    let app = TestApp::start_with(pool, |config| {
        config.metrics_token = Some(TOKEN.into());
        config.backup_status_file = Some(status.clone());
    })
    .await;
    let okafor = app.add("okafor").await;
    app.engine.answer(|_| Err(ProviderError::Attention { code: "key_rejected" }));
    app.device(&okafor).await.record(&[spoken(0)]).await;
    app.app.run_due_jobs().await;

    let (_, text) = metrics(&app, Some(TOKEN)).await;
    let has = |text: &str, start: &str| text.lines().any(|line| line.starts_with(start));
    assert!(has(&text, r#"medrecord_jobs_failing{code="key_rejected"} 1"#), "{text}");
    assert!(has(&text, r#"medrecord_disk_bytes{what="free"} "#), "{text}");
    assert!(!has(&text, "medrecord_backup_age_seconds{"), "no backup yet: {text}");

    let at = app.clock.now() - TimeDelta::hours(3);
    let elsewhere = app.clock.now() - TimeDelta::hours(2);
    let said = json!({ "last_backup": at, "last_off_site": elsewhere, "last_drill": null });
    std::fs::write(&status, said.to_string()).unwrap();
    let (_, text) = metrics(&app, Some(TOKEN)).await;
    assert!(has(&text, r#"medrecord_backup_age_seconds{what="backup"} 10800"#), "{text}");
    assert!(has(&text, r#"medrecord_backup_age_seconds{what="off_site"} 7200"#), "{text}");
    assert!(!has(&text, r#"medrecord_backup_age_seconds{what="drill"}"#), "{text}");
    let url = format!("{}/api/health", app.url);
    let health: Health = reqwest::get(url).await.unwrap().json().await.unwrap();
    let Backup { age_s, drill_age_s } = health.services.backup;
    assert_eq!((age_s, drill_age_s), (Some(10_800), None));
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn nobody_has_to_look_after_the_jobs_of_what_is_discarded(pool: PgPool) {
    let app = TestApp::start_with(pool, |config| config.metrics_token = Some(TOKEN.into())).await;
    let device = app.device(&app.add("okafor").await).await;
    app.engine.answer(|_| Err(ProviderError::Refused { code: "bad_audio" }));
    let given_up = device.record(&[spoken(0)]).await;
    app.app.run_due_jobs().await;
    let queued = device.record(&[spoken(0)]).await;
    assert_eq!(queue(&app).await, (Some(1), Some(0), Some(1)));

    let change = async |id: RecordingId, number: u32, what: &str| {
        let changes = json!([{ "number": number, "at": "2026-08-03T09:10:00Z", "change": what }]);
        let answer = device.post(&format!("/recordings/{id}/changes"), &changes).await;
        assert_eq!(answer.status, 204, "{}", answer.text());
    };
    change(given_up, 0, "discard").await;
    change(queued, 0, "discard").await;
    assert_eq!(queue(&app).await, (Some(0), None, Some(0)));
    let (_, text) = metrics(&app, Some(TOKEN)).await;
    assert!(text.contains(r#"medrecord_jobs{state="dead"} 0"#), "{text}");
    assert!(!text.contains("bad_audio"), "{text}");

    change(given_up, 1, "restore").await;
    assert_eq!(queue(&app).await, (Some(0), None, Some(1)), "it is back, and so is its trouble");
}

/// What the health page says: how many jobs wait, for how long, and how many were given up.
async fn queue(app: &TestApp) -> (Option<i64>, Option<i64>, Option<i64>) {
    let queue = health(app).await.services.queue;
    (queue.waiting, queue.oldest_s, queue.dead)
}

async fn health(app: &TestApp) -> Health {
    reqwest::get(format!("{}/api/health", app.url)).await.unwrap().json().await.unwrap()
}

/// Such a job is never given up, and is never due for long either.
#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_key_that_is_refused_is_told_at_the_tenth_attempt(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let device = app.device(&app.add("okafor").await).await;
    app.engine.answer(|_| Err(ProviderError::Attention { code: "key" }));
    device.record(&[spoken(0)]).await;
    for attempt in 1..=10 {
        app.app.run_due_jobs().await;
        let queue = health(&app).await.services.queue;
        assert_eq!((queue.failing, queue.dead), (Some(i64::from(attempt == 10)), Some(0)));
        app.clock.advance(TimeDelta::minutes(2));
    }
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn metrics_are_for_the_holder_of_the_token_and_absent_without_one(pool: PgPool) {
    let app = TestApp::start(pool.clone()).await;
    assert_eq!(metrics(&app, Some(TOKEN)).await.0, 404);
    let app = TestApp::start_with(pool, |config| config.metrics_token = Some(TOKEN.into())).await;
    for token in [None, Some("another token")] {
        let (status, text) = metrics(&app, token).await;
        assert_eq!(status, 401);
        assert!(!text.contains("medrecord_"), "{text}");
    }
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_process_that_only_works_runs_the_jobs_and_answers_only_how_it_is(pool: PgPool) {
    let app = TestApp::start_with(pool, |config| config.metrics_token = Some(TOKEN.into())).await;
    let okafor = app.add("okafor").await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let working = tokio::spawn({
        let (app, stop) = (app.app.clone(), stop.clone());
        async move { app.work(listener, stop).await }
    });
    let health: Health =
        reqwest::get(format!("{url}/api/health")).await.unwrap().json().await.unwrap();
    assert_eq!(health.status, "healthy");
    assert_eq!(reqwest::get(format!("{url}/api/live")).await.unwrap().status(), 204);
    assert_eq!(reqwest::get(format!("{url}/metrics")).await.unwrap().status(), 401);
    assert_eq!(reqwest::get(format!("{url}/api/v1/recordings")).await.unwrap().status(), 404);

    let (heard, hears) = tokio::sync::oneshot::channel();
    let heard = std::sync::Mutex::new(Some(heard));
    app.engine.answer(move |_| {
        heard.lock().unwrap().take().map(|heard| heard.send(()));
        Ok("Heard by the worker.".to_owned())
    });
    app.device(&okafor).await.record(&[spoken(0)]).await;
    hears.await.unwrap();
    stop.cancel();
    working.await.unwrap().unwrap();
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn what_is_done_is_not_read_to_count_what_is_not(pool: PgPool) {
    let mut connection = pool.acquire().await.unwrap();
    // Of a table this small PostgreSQL would read all anyway.
    sqlx::query("set enable_seqscan = off").execute(&mut *connection).await.unwrap();
    let explain = "explain select count(*) from job where state <> 'done'";
    let plan: Vec<String> = sqlx::query_scalar(explain).fetch_all(&mut *connection).await.unwrap();
    assert!(plan.join("\n").contains("job_open_idx"), "{plan:?}");
}
