//! Server-sent events: told in order, resumed without loss, ended with the session or the server.

use std::time::Duration;

use chrono::TimeDelta;
use medrecord_common::event::{Event, EventKind};
use reqwest::{Method, Response};
use serde_json::json;
use sqlx::PgPool;

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::speaker::spoken;

/// No event takes this long; a stream that is silent longer has failed.
const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) struct Stream {
    response: Response,
    buffer: String,
    last_id: String,
}

/// A frame's name and data; the first one may have neither.
struct Frame {
    event: Option<String>,
    data: Option<String>,
}

impl Stream {
    pub(crate) async fn open(client: &Client, last_id: Option<&str>) -> Self {
        let mut request = client.request(Method::GET, "/events");
        if let Some(id) = last_id {
            request = request.header("last-event-id", id);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, buffer: String::new(), last_id: String::new() }
    }

    /// The next event, or nothing when the stream is over.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            let frame = self.frame().await?;
            if let Some(data) = frame.data {
                let event: Event = serde_json::from_str(&data).unwrap();
                assert_eq!(frame.event.as_deref(), Some(event.kind.as_str()));
                return Some(event);
            }
        }
    }

    /// Whether the next frame says that everything has to be read again; browsers pass over one without data.
    async fn is_reset(&mut self) -> bool {
        let frame = self.frame().await.unwrap();
        frame.event.as_deref() == Some("reset") && frame.data.is_some()
    }

    async fn frame(&mut self) -> Option<Frame> {
        loop {
            if let Some((frame, rest)) = self.buffer.split_once("\n\n") {
                let (frame, rest) = (frame.to_owned(), rest.to_owned());
                self.buffer = rest;
                let field = |name: &str| {
                    frame.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned)
                };
                if let Some(id) = field("id: ") {
                    self.last_id = id;
                }
                return Some(Frame { event: field("event: "), data: field("data: ") });
            }
            let chunk = tokio::time::timeout(DEADLINE, self.response.chunk()).await;
            match chunk.expect("the stream speaks in time") {
                Ok(Some(chunk)) => self.buffer += std::str::from_utf8(&chunk).unwrap(),
                Ok(None) | Err(_) => return None,
            }
        }
    }

    async fn kinds(&mut self, count: usize) -> Vec<EventKind> {
        let mut kinds = Vec::new();
        for _ in 0..count {
            kinds.push(self.next().await.expect("another event").kind);
        }
        kinds
    }
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_clinician_is_told_of_their_own_and_of_nothing_else(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let (okafor, lindqvist) = (app.add("okafor").await, app.add("lindqvist").await);
    let (device, browser) = (app.device(&okafor).await, app.browser(&okafor).await);
    let mut stream = Stream::open(&browser, None).await;
    app.device(&lindqvist).await.record(&[spoken(0)]).await;
    let id = device.record(&[spoken(0)]).await;
    app.app.run_due_jobs().await;
    let event = stream.next().await.unwrap();
    assert_eq!((event.kind, event.recording), (EventKind::Recording, Some(id)), "created");
    // Complete; the text; the draft is due; the note; ready.
    let told = stream.kinds(5).await;
    let expected = [
        EventKind::Recording,
        EventKind::Transcript,
        EventKind::Recording,
        EventKind::Note,
        EventKind::Recording,
    ];
    assert_eq!(told, expected);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_stream_goes_on_after_the_last_event(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let (device, browser) = (app.device(&okafor).await, app.browser(&okafor).await);
    let mut stream = Stream::open(&browser, None).await;
    let first = device.create().await;
    assert_eq!(stream.next().await.unwrap().recording, Some(first));
    let last_id = stream.last_id.clone();
    drop(stream);
    let missed = device.create().await;
    let mut stream = Stream::open(&browser, Some(&last_id)).await;
    assert_eq!(stream.next().await.unwrap().recording, Some(missed));
    let answer = browser.clone().with_header("last-event-id", "x").get("/events").await;
    assert_eq!(answer.status, 400);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_stream_that_was_cut_before_its_first_event_goes_on_from_its_beginning(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let (device, browser) = (app.device(&okafor).await, app.browser(&okafor).await);
    let mut told = Stream::open(&browser, None).await;
    let first = device.create().await;
    assert_eq!(told.next().await.unwrap().recording, Some(first));
    let mut cut = Stream::open(&browser, None).await;
    assert!(!cut.is_reset().await, "it was asked for what is new");
    let place = cut.last_id.clone();
    drop(cut);
    let missed = device.create().await;
    let mut stream = Stream::open(&browser, Some(&place)).await;
    assert!(!stream.is_reset().await, "nothing is missing");
    assert_eq!(stream.next().await.unwrap().recording, Some(missed));
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_place_is_good_for_a_week_and_later_everything_is_to_be_read_again(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let mut stream = Stream::open(&app.browser(&okafor).await, None).await;
    let first = app.device(&okafor).await.create().await;
    assert_eq!(stream.next().await.unwrap().recording, Some(first));
    let place = stream.last_id.clone();
    drop(stream);

    app.clock.advance(TimeDelta::days(7) - TimeDelta::hours(1));
    assert_eq!(app.app.sweep_events().await.unwrap(), 0);
    let missed = app.device(&okafor).await.create().await;
    let mut stream = Stream::open(&app.browser(&okafor).await, Some(&place)).await;
    assert_eq!(stream.next().await.unwrap().recording, Some(missed));
    drop(stream);

    app.clock.advance(TimeDelta::hours(2));
    assert_eq!(app.app.sweep_events().await.unwrap(), 0, "a day longer than a place is good");
    let browser = app.browser(&okafor).await;
    assert!(Stream::open(&browser, Some(&place)).await.is_reset().await);

    app.clock.advance(TimeDelta::days(1));
    assert_eq!(app.app.sweep_events().await.unwrap(), 1, "the other one is a day old");
    let mut stream = Stream::open(&app.browser(&okafor).await, Some(&place)).await;
    assert!(stream.is_reset().await);
    let new = app.device(&okafor).await.create().await;
    assert_eq!(stream.next().await.unwrap().recording, Some(new), "and it goes on");
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_place_in_another_course_of_the_database_is_not_gone_on_after(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let (device, browser) = (app.device(&okafor).await, app.browser(&okafor).await);
    // As a dump brings it into a cluster that counts its transactions from the beginning.
    let moved: i64 = sqlx::query_scalar(
        "insert into event (clinician_id, kind, xid, at)
         values ($1, 'note', '9000000000000'::xid8, $2) returning id",
    )
    .bind(okafor.id.0)
    .bind(app.clock.now())
    .fetch_one(&app.app.pool)
    .await
    .unwrap();
    // Lost with what came after the backup; moved; as earlier servers began a stream.
    for place in ["9-999999999".to_owned(), format!("9000000000000-{moved}"), "9-0".to_owned()] {
        let mut stream = Stream::open(&browser, Some(&place)).await;
        assert!(stream.is_reset().await, "{place}");
        let new = device.create().await;
        assert_eq!(stream.next().await.unwrap().recording, Some(new), "{place}");
    }
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn old_events_are_deleted_in_batches_and_by_several_at_once(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    sqlx::query(
        "insert into event (clinician_id, kind, at)
         select $1, 'note', $2 from generate_series(1, 2500)",
    )
    .bind(okafor.id.0)
    .bind(app.clock.now() - TimeDelta::days(9))
    .execute(&app.app.pool)
    .await
    .unwrap();
    let young = app.device(&okafor).await.create().await;
    let (one, other) = tokio::join!(app.app.sweep_events(), app.app.sweep_events());
    assert_eq!(one.unwrap() + other.unwrap(), 2_500);
    let left: Vec<Option<uuid::Uuid>> = sqlx::query_scalar("select recording_id from event")
        .fetch_all(&app.app.pool)
        .await
        .unwrap();
    assert_eq!(left, [Some(young.0)]);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn what_commits_late_is_not_passed_over(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let (device, browser) = (app.device(&okafor).await, app.browser(&okafor).await);
    let mut stream = Stream::open(&browser, None).await;
    // A transaction that takes its place in the order now and commits after the others.
    let mut late = app.app.pool.begin().await.unwrap();
    let marker = medrecord_common::ids::RecordingId::new();
    sqlx::query("insert into event (clinician_id, kind, recording_id) values ($1, 'note', $2)")
        .bind(okafor.id.0)
        .bind(marker.0)
        .execute(&mut *late)
        .await
        .unwrap();
    let id = device.create().await;
    late.commit().await.unwrap();
    assert_eq!(stream.next().await.unwrap().recording, Some(marker));
    assert_eq!(stream.next().await.unwrap().recording, Some(id));
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_stream_ends_with_the_session_and_with_the_server(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let browser = app.browser(&okafor).await;
    let mut stream = Stream::open(&browser, None).await;
    browser.post("/sign-out", &json!({})).await;
    assert_eq!(stream.next().await, None);

    let browser = app.browser(&okafor).await;
    let mut stream = Stream::open(&browser, None).await;
    app.stop();
    assert_eq!(stream.next().await, None);
}
