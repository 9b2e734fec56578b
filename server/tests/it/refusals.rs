//! What is refused before its body was read: the sender sees the whole answer, and may finish what it is sending.

use std::time::Duration;

use medrecord_common::ids::RecordingId;
use medrecord_common::problem::{ErrorCode, Problem};
use sqlx::PgPool;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::support::app::TestApp;
use crate::support::programs::within;

const PIECE: [u8; 10_000] = [b' '; 10_000];

/// One connection, as plain as a proxy's.
struct Connection(BufReader<TcpStream>);

impl Connection {
    async fn open(app: &TestApp) -> Self {
        let address = app.url.strip_prefix("http://").unwrap();
        Self(BufReader::new(TcpStream::connect(address).await.unwrap()))
    }

    async fn head(&mut self, request: &str, length: &str) {
        let head = format!("{request} HTTP/1.1\r\nhost: clinic\r\n{length}\r\n\r\n");
        self.0.write_all(head.as_bytes()).await.unwrap();
    }

    async fn pieces(&mut self, count: usize, length: Length) -> std::io::Result<()> {
        for _ in 0..count {
            if length == Length::Unknown {
                self.0.write_all(format!("{:x}\r\n", PIECE.len()).as_bytes()).await?;
            }
            self.0.write_all(&PIECE).await?;
            if length == Length::Unknown {
                self.0.write_all(b"\r\n").await?;
            }
        }
        Ok(())
    }

    /// Status and body of the next answer.
    async fn answer(&mut self) -> (u16, Vec<u8>) {
        within(async {
            let (mut status, mut length) = (None, 0);
            loop {
                let mut line = String::new();
                self.0.read_line(&mut line).await.expect("the connection is not reset");
                assert!(!line.is_empty(), "the connection was closed without an answer");
                let line = line.trim_end().to_ascii_lowercase();
                if let Some(value) = line.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                let Some(seen) = status else {
                    status = Some(line.split(' ').nth(1).unwrap().parse().unwrap());
                    continue;
                };
                if line.is_empty() {
                    let mut body = vec![0; length];
                    self.0.read_exact(&mut body).await.expect("the whole answer can be read");
                    return (seen, body);
                }
            }
        })
        .await
    }

    async fn refusal(&mut self) -> (u16, ErrorCode) {
        let (status, body) = self.answer().await;
        (status, serde_json::from_slice::<Problem>(&body).unwrap().code)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Length {
    Said,
    Unknown,
}

fn segment() -> String {
    format!("PUT /api/v1/recordings/{}/segments/0", RecordingId::new())
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_refusal_reaches_who_is_still_sending_and_the_connection_goes_on(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let sign_in = "POST /api/v1/sign-in".to_owned();
    for (request, begun, length, refusal) in [
        (segment(), 10, Length::Said, (401, ErrorCode::Unauthenticated)),
        (segment(), 10, Length::Unknown, (401, ErrorCode::Unauthenticated)),
        (sign_in.clone(), 150, Length::Said, (413, ErrorCode::PayloadTooLarge)),
        (sign_in, 150, Length::Unknown, (413, ErrorCode::PayloadTooLarge)),
    ] {
        let mut connection = Connection::open(&app).await;
        let (rest, known) = (90, length == Length::Said);
        let said = format!("content-length: {}", (begun + rest) * PIECE.len());
        let said = if known { said.as_str() } else { "transfer-encoding: chunked" };
        connection.head(&request, &format!("content-type: application/json\r\n{said}")).await;
        connection.pieces(begun, length).await.unwrap();
        assert_eq!(connection.refusal().await, refusal, "{request}");

        connection.pieces(rest, length).await.expect("it may send the rest");
        if !known {
            connection.0.write_all(b"0\r\n\r\n").await.unwrap();
        }
        connection.head("GET /api/live", "accept: */*").await;
        assert_eq!(connection.answer().await.0, 204, "{request}: the next request is answered");
    }
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn who_sends_without_end_after_a_refusal_is_cut_off(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let mut connection = Connection::open(&app).await;
    connection.head(&segment(), "transfer-encoding: chunked").await;
    assert_eq!(connection.refusal().await, (401, ErrorCode::Unauthenticated));
    let sent = within(connection.pieces(20_000, Length::Unknown)).await;
    assert!(sent.is_err(), "200 MB were read that nobody wanted");
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn who_stops_sending_after_a_refusal_does_not_hold_the_connection(pool: PgPool) {
    let pause = Duration::from_millis(200);
    let app = TestApp::start_with(pool, |config| config.limits.body_pause = pause).await;
    let mut connection = Connection::open(&app).await;
    connection.head(&segment(), "content-length: 1000000").await;
    connection.pieces(10, Length::Said).await.unwrap();
    assert_eq!(connection.refusal().await, (401, ErrorCode::Unauthenticated));
    let closed = within(connection.0.read(&mut [0])).await;
    assert!(!matches!(closed, Ok(1..)), "nothing more is said");
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn who_waits_for_leave_to_send_is_refused_and_sends_nothing(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let mut connection = Connection::open(&app).await;
    connection.head(&segment(), "content-length: 1000000\r\nexpect: 100-continue").await;
    let answer = connection.refusal().await;
    assert_eq!(answer, (401, ErrorCode::Unauthenticated), "the first line is no 100");
}
