//! `POST /v1/audio/transcriptions`.

use std::time::Duration;

use bytes::Bytes;
use medrecord_server::config::OpenAi;
use medrecord_server::provider::ProviderError;
use medrecord_server::speech::openai::OpenAiSpeech;
use medrecord_server::speech::{Heard, SpeechRequest, SpeechToText as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{attention, refused, retry};
use crate::support::scripted::{Scripted, answer};

fn segment() -> SpeechRequest {
    SpeechRequest {
        seq: 3,
        flac: Bytes::from_static(b"fLaC\r\n--not really"),
        language: "en".into(),
        keywords: vec!["metoprolol".into(), "Dr.\r\nOkafor <x>".into(), "metoprolol".into()],
        previous_text: Some("He rests.".into()),
    }
}

async fn heard(server: &OpenAi, request: &SpeechRequest) -> Result<Heard, ProviderError> {
    OpenAiSpeech::new(server, "gpt-transcribe".into()).unwrap().transcribe(request).await
}

#[tokio::test]
async fn a_segment_is_sent_with_exactly_these_fields() {
    let provider = Scripted::start([answer(
        200,
        r#"{"text":" Increase metoprolol. ","languages":[{"code":"en"}],"usage":{"type":"duration","seconds":6.2}}"#,
    )])
    .await;
    let text = heard(&provider.server, &segment()).await.unwrap().text;
    assert_eq!(text.as_str(), "Increase metoprolol.");

    let asked = provider.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (asked[0].method.as_str(), asked[0].path.as_str()),
        ("POST", "/v1/audio/transcriptions")
    );
    assert_eq!(asked[0].header("authorization"), "Bearer sk-test");
    let parts = asked[0].parts();
    let parts: Vec<_> = parts.iter().map(|part| (part.head.as_str(), &part.content[..])).collect();
    let expected: [(&str, &[u8]); 7] = [
        (
            "content-disposition: form-data; name=\"file\"; filename=\"segment-0003.flac\"; content-type: audio/flac",
            b"fLaC\r\n--not really",
        ),
        ("content-disposition: form-data; name=\"model\"", b"gpt-transcribe"),
        ("content-disposition: form-data; name=\"response_format\"", b"json"),
        ("content-disposition: form-data; name=\"languages[]\"", b"en"),
        ("content-disposition: form-data; name=\"keywords[]\"", b"metoprolol"),
        ("content-disposition: form-data; name=\"keywords[]\"", b"Dr. Okafor x"),
        ("content-disposition: form-data; name=\"prompt\"", b"He rests."),
    ];
    assert_eq!(parts, expected);
}

#[tokio::test]
async fn the_first_segment_has_no_prompt_and_an_unknown_language_no_hint() {
    let provider = Scripted::start([answer(200, r#"{"text":""}"#)]).await;
    let first = SpeechRequest {
        language: "xx".into(),
        keywords: Vec::new(),
        previous_text: None,
        ..segment()
    };
    assert_eq!(heard(&provider.server, &first).await, Ok(Heard { text: "".into() }));
    let names: Vec<_> = provider.asked()[0].parts().into_iter().map(|part| part.head).collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

#[tokio::test]
async fn an_answer_may_leave_out_everything_but_the_text() {
    let bodies = [
        r#"{"text":"So."}"#,
        r#"{"text":"So.","languages":[]}"#,
        r#"{"text":"So.","usage":{"type":"tokens","input_tokens":1,"output_tokens":2,"total_tokens":3}}"#,
        r#"{"text":"So.","duration":"12.4","segments":[{"id":0,"words":[{"text":"So."}]}]}"#,
    ];
    let provider = Scripted::start(bodies.map(|body| answer(200, body))).await;
    for _ in bodies {
        assert_eq!(heard(&provider.server, &segment()).await, Ok(Heard { text: "So.".into() }));
    }
}

#[tokio::test]
async fn every_bad_mood_has_its_consequence() {
    let error = |code: &str| {
        format!(
            r#"{{"error":{{"message":"canary","type":"invalid_request_error","param":null,"code":"{code}"}}}}"#
        )
    };
    let after =
        |code, seconds| ProviderError::Retry { code, after: Some(Duration::from_secs(seconds)) };
    let moods = [
        (
            answer(
                400,
                r#"{"error":{"message":"audio duration 1830.5 seconds is longer than 1400 seconds","code":"invalid_value"}}"#,
            ),
            refused("audio_too_long"),
        ),
        (answer(400, error("unsupported_value")), refused("bad_request")),
        (answer(401, error("invalid_api_key")), attention("key_rejected")),
        (answer(403, r#"{"detail":"Forbidden"}"#), attention("not_permitted")),
        (answer(404, error("model_not_found")), attention("model_not_found")),
        (answer(413, error("invalid_value")), refused("too_large")),
        (
            answer(429, error("rate_limit_exceeded")).with("retry-after", "7"),
            after("rate_limited", 7),
        ),
        (answer(429, error("rate_limit_exceeded")), retry("rate_limited")),
        (
            answer(429, error("credit_balance_exhausted")).with("retry-after", "7"),
            attention("quota"),
        ),
        (answer(500, "<html><body>canary</body></html>"), retry("server_error")),
        (
            answer(503, error("server_is_overloaded")).with("retry-after", "30"),
            after("overloaded", 30),
        ),
        (answer(302, "").with("location", "http://127.0.0.1:9/"), attention("unexpected_answer")),
        (answer(200, "<html>canary</html>"), retry("answer_unreadable")),
        (answer(200, r#"{"text":"canary"#), retry("answer_unreadable")),
        (answer(200, r#"{"transcript":"canary"}"#), retry("answer_unreadable")),
    ];
    let (answers, expected): (Vec<_>, Vec<_>) = moods.into_iter().unzip();
    let provider = Scripted::start(answers).await;
    for expected in expected {
        let error = heard(&provider.server, &segment()).await.unwrap_err();
        assert_eq!(error, expected);
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}

#[tokio::test]
async fn a_connection_that_breaks_or_is_refused_is_tried_again() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let server = OpenAi { base_url, api_key: Some("sk-test".into()) };
    let broken = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut request = [0; 4_096];
        assert!(connection.read(&mut request).await.unwrap() > 0);
        let half = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"text\":\"He ta";
        connection.write_all(half).await.unwrap();
    });
    assert_eq!(heard(&server, &segment()).await, Err(retry("connection_lost")));
    broken.await.unwrap();
    assert_eq!(heard(&server, &segment()).await, Err(retry("unreachable")));
}
