//! The client against a real socket that answers with given bytes.

use std::net::SocketAddr;
use std::sync::Arc;

use medrecord_common::ids::RecordingId;
use medrecord_common::problem::ErrorCode;
use medrecord_common::segment::{Digest, SegmentHeader};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{Client, origin};
use crate::outbox::StoredSegment;
use crate::sync::{Class, Silence, SyncError, Trust};

/// Answers one request with `answer`; the task gives back the request, head and body.
async fn answering(answer: &str) -> (Client, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let answer = answer.replace("\n", "\r\n");
    let served = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let (mut request, mut wanted) = (Vec::new(), usize::MAX);
        while request.len() < wanted {
            let mut buffer = [0; 4_096];
            let read = socket.read(&mut buffer).await.unwrap();
            if read == 0 {
                break;
            }
            request.extend_from_slice(&buffer[..read]);
            let text = String::from_utf8_lossy(&request).to_lowercase();
            if let Some((head, _)) = text.split_once("\r\n\r\n") {
                let length = head.split("content-length: ").nth(1);
                let length = length.and_then(|rest| rest.lines().next()?.parse().ok());
                wanted = head.len() + 4 + length.unwrap_or(0);
            }
        }
        socket.write_all(answer.as_bytes()).await.unwrap();
        socket.shutdown().await.unwrap();
        String::from_utf8_lossy(&request).into_owned()
    });
    (Client::new(&format!("http://{address}"), &Trust::default(), Arc::default()).unwrap(), served)
}

fn response(status: &str, media: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\nContent-Type: {media}\nContent-Length: {length}\n\
         Retry-After: 7\nConnection: close\n\n{body}"
    )
}

fn problem(status: u16, code: &str) -> String {
    let body = format!(
        r#"{{"type":"about:blank","title":"No","status":{status},"detail":"Not so.","code":"{code}","missing":[3,5]}}"#
    );
    response(&format!("{status} No"), "application/problem+json", &body)
}

async fn put(client: &Client) -> Result<(), SyncError> {
    let flac = b"fLaC and some more".to_vec();
    let header = SegmentHeader { start: 16_000, samples: 8_000, speech: 4_000, peak: 99 };
    let segment = StoredSegment { header, digest: Digest::of(&flac), flac };
    client.put_segment(&token(), RecordingId::new(), 4, segment).await
}

fn token() -> SecretString {
    "access-token".into()
}

#[tokio::test]
async fn a_segment_is_sent_with_its_digest_and_what_was_measured() {
    let (client, served) = answering(&response("201 Created", "text/plain", "")).await;
    put(&client).await.unwrap();
    let request = served.await.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let head = head.to_lowercase();
    assert!(head.starts_with("put /api/v1/recordings/"), "{head}");
    assert!(head.contains("/segments/4 http/1.1"), "{head}");
    assert!(head.contains("segment: start=16000, samples=8000, speech=4000, peak=99"), "{head}");
    assert!(head.contains("content-digest: sha-256=:"), "{head}");
    assert!(head.contains("content-type: audio/flac"), "{head}");
    assert!(head.contains("content-length: 18"), "{head}");
    assert!(head.contains("authorization: bearer access-token"), "{head}");
    assert_eq!(body, "fLaC and some more");
}

#[tokio::test]
async fn a_captive_portal_is_no_server() {
    let portal = response("200 OK", "text/html; charset=utf-8", "<html>Room number?</html>");
    let (client, _served) = answering(&portal).await;
    assert!(matches!(put(&client).await, Err(SyncError::Unreachable(Silence::NotOurs))));
    let (client, _served) = answering(&portal).await;
    let error = client.me(&token()).await.unwrap_err();
    assert!(matches!(error, SyncError::Unreachable(Silence::NotOurs)), "{error}");
    let (client, _served) = answering(&response("403 Forbidden", "text/html", "<html>")).await;
    assert_eq!(put(&client).await.unwrap_err().class(), Class::Everything);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let moved = "HTTP/1.1 302 Found\nLocation: http://127.0.0.1:1/\nContent-Length: 0\n\n";
    let (client, _served) = answering(moved).await;
    // Had it been, nobody would have been there.
    assert!(matches!(put(&client).await, Err(SyncError::Unreachable(Silence::NotOurs))));
}

#[tokio::test]
async fn a_server_that_is_gone_is_offline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client =
        Client::new(&format!("http://{address}"), &Trust::default(), Arc::default()).unwrap();
    let error = put(&client).await.unwrap_err();
    assert_eq!((error.code(), error.class()), ("offline", Class::Everything));
    assert!(matches!(error, SyncError::Unreachable(Silence::NoConnection)), "{error}");
    assert!(!error.to_string().contains("127.0.0.1"), "no address in a message: {error}");
}

#[tokio::test]
async fn refusals_are_sorted_by_what_is_to_be_done() {
    for (status, code, class) in [
        (400, "bad_request", Class::Permanent),
        (413, "payload_too_large", Class::Permanent),
        (409, "segment_conflict", Class::Permanent),
        (422, "invalid", Class::Permanent),
        (422, "a_code_of_a_later_release", Class::Permanent),
        (404, "not_found", Class::ThisRecording),
        (400, "digest_mismatch", Class::ThisRecording),
        (500, "internal", Class::ThisRecording),
        (401, "unauthenticated", Class::Credential),
        (401, "device_revoked", Class::Credential),
        (503, "unavailable", Class::Everything),
        (429, "too_many_requests", Class::Everything),
        (429, "quota_exceeded", Class::Everything),
        (408, "body_too_slow", Class::Everything),
        (426, "update_required", Class::Everything),
    ] {
        let (client, _served) = answering(&problem(status, code)).await;
        let error = put(&client).await.unwrap_err();
        assert_eq!(error.class(), class, "{status} {code}: {error}");
    }
}

#[tokio::test]
async fn a_line_that_breaks_off_is_told_from_a_server_that_is_busy() {
    for (answer, code) in [
        (
            "HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 99\n\n{".to_owned(),
            "weak",
        ),
        (problem(408, "body_too_slow"), "weak"),
        (response("502 Bad Gateway", "text/html", "<html>"), "busy"),
    ] {
        let (client, _served) = answering(&answer).await;
        let said = match client.me(&token()).await.unwrap_err() {
            SyncError::Unreachable(Silence::Weak) => "weak",
            SyncError::Busy { .. } => "busy",
            other => panic!("{other}"),
        };
        assert_eq!(said, code);
    }
}

#[tokio::test]
async fn what_the_server_asks_for_is_passed_on() {
    let (client, _served) = answering(&problem(503, "unavailable")).await;
    let error = put(&client).await.unwrap_err();
    assert_eq!(error.retry_after().unwrap().as_secs(), 7);
    let (client, _served) = answering(&problem(429, "quota_exceeded")).await;
    let error = put(&client).await.unwrap_err();
    assert_eq!((error.code(), error.retry_after().unwrap().as_secs()), ("quota_exceeded", 7));
    let (client, _served) = answering(&problem(409, "segments_missing")).await;
    let Err(SyncError::Refused(problem)) = put(&client).await else { panic!("refused") };
    assert_eq!((problem.code, problem.missing), (ErrorCode::SegmentsMissing, vec![3, 5]));
}

#[tokio::test]
async fn a_recording_that_the_server_does_not_know_is_no_error() {
    let (client, _served) = answering(&problem(404, "not_found")).await;
    assert_eq!(client.segments(&token(), RecordingId::new()).await.unwrap(), None);
}

#[test]
fn only_addresses_that_nobody_can_listen_to_are_used() {
    for good in ["https://medrecord.example.com", "https://10.0.0.4:8443/", "http://[::1]:3001"] {
        assert!(origin(good).is_ok(), "{good}");
    }
    let bad = [
        "http://medrecord.example.com",
        "https://a.example/path",
        "a.example",
        "ftp://a",
        "https://user@a.example",
        "https://a.example/?x=1",
        "",
    ];
    for bad in bad {
        assert_eq!(origin(bad).unwrap_err().code(), "server_address", "{bad}");
    }
}
