//! What monitoring reads: for the holder of the token only, and numbers only.

use chrono::TimeDelta;
use serde_json::json;
use sqlx::PgPool;

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
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
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
