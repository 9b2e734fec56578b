//! What one workstation may ask: too often, too much or too slowly ends in a problem with a code, and loses nothing.

use std::num::NonZeroU32;
use std::time::Duration;

use futures::StreamExt as _;
use medrecord_common::problem::ErrorCode;
use reqwest::StatusCode;
use sqlx::PgPool;

use crate::support::app::TestApp;
use crate::support::client::Answer;
use crate::support::speaker::spoken;

fn retry_after(answer: &Answer) -> u64 {
    answer.headers["retry-after"].to_str().unwrap().parse().unwrap()
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_device_that_asks_too_often_is_told_when_to_come_back_and_no_other_is(pool: PgPool) {
    let app = TestApp::start_with(pool, |config| {
        config.limits.requests_per_second = NonZeroU32::MIN;
    })
    .await;
    let okafor = app.add("okafor").await;
    let (eager, other) = (app.device(&okafor).await, app.device(&app.add("lund").await).await);
    let mut allowed = 0;
    let refused = loop {
        let answer = eager.get("/me").await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        allowed += 1;
        assert!(allowed < 1_000, "it is never refused");
    };
    assert!(allowed >= 10, "{allowed}");
    assert_eq!(refused.fault(), (429, ErrorCode::TooManyRequests));
    assert!((1..=2).contains(&retry_after(&refused)));
    assert_eq!(other.get("/me").await.status, StatusCode::OK);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_device_that_sends_more_than_its_share_of_a_day_waits_and_what_it_sent_stays(
    pool: PgPool,
) {
    let app = TestApp::start_with(pool, |config| {
        config.limits.megabytes_per_day = NonZeroU32::MIN;
    })
    .await;
    let device = app.device(&app.add("okafor").await).await;
    let id = device.create().await;
    assert_eq!(device.send(id, &spoken(0)).await.status, StatusCode::CREATED);
    let share = 1_000_000 / spoken(0).flac.len();
    let mut sent = 1;
    let refused = loop {
        let answer = device.send(id, &spoken(0)).await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        sent += 1;
        assert!(sent <= share, "more than a megabyte");
    };
    assert_eq!(refused.fault(), (429, ErrorCode::QuotaExceeded));
    assert!(retry_after(&refused) >= 1);
    let stored = app.browser(&app.add("lund").await).await.get("/recordings").await;
    assert_eq!(stored.status, StatusCode::OK, "others are served");
    let ranges = device.get(&format!("/recordings/{id}/segments")).await.text();
    assert!(ranges.contains("[[0,0]]"), "{ranges}");
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_body_that_stops_or_trickles_is_given_up_and_may_come_again(pool: PgPool) {
    let app = TestApp::start_with(pool, |config| {
        config.limits.body_pause = Duration::from_millis(100);
        config.limits.body_deadline = Duration::from_millis(400);
    })
    .await;
    let device = app.device(&app.add("okafor").await).await;
    let id = device.create().await;
    let segment = spoken(0);
    let begun = segment.flac[..100].to_vec();
    let stops = futures::stream::once(async move { Ok::<_, std::io::Error>(begun) })
        .chain(futures::stream::pending());
    let drop = async || {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Ok::<_, std::io::Error>(vec![0_u8])
    };
    let trickles = futures::stream::repeat_with(drop).then(|drop| drop);
    for body in [reqwest::Body::wrap_stream(stops), reqwest::Body::wrap_stream(trickles)] {
        let answer = Answer::of(device.segment_request(id, &segment).body(body)).await;
        assert_eq!(answer.fault(), (408, ErrorCode::BodyTooSlow));
    }
    assert_eq!(device.send(id, &segment).await.status, StatusCode::CREATED);
}
