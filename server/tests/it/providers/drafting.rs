//! `POST /v1/responses`.

use medrecord_common::ids::RecordingId;
use medrecord_common::note::{Evidence, NoteContent, SentenceKind};
use medrecord_common::recording::RecordingKind;
use medrecord_server::drafting::openai::OpenAiDrafter;
use medrecord_server::drafting::{DraftRequest, NoteDrafter as _, SpokenSegment};
use medrecord_server::provider::ProviderError;
use serde_json::{Value, json};

use super::{attention, refused, retry};
use crate::support::scripted::{Answer, Scripted, answer};

/// Two segments of one recording; the numbers are not those that the model sees.
fn dictation(texts: [&str; 2]) -> DraftRequest {
    let recording = RecordingId::new();
    let segments = texts.iter().enumerate().map(|(index, text)| SpokenSegment {
        evidence: Evidence { recording, seq: 10 + index as u32 },
        start_ms: 12_500 * index as u64,
        duration_ms: 12_500,
        text: (*text).into(),
    });
    let segments = segments.collect();
    DraftRequest { kind: RecordingKind::Dictation, language: "en".into(), segments }
}

fn spoken() -> DraftRequest {
    dictation([
        "Radiology report. Examination. MRI of the right knee.",
        "Impression. Meniscal tear.",
    ])
}

async fn drafted(
    provider: &Scripted,
    request: &DraftRequest,
) -> Result<NoteContent, ProviderError> {
    OpenAiDrafter::new(&provider.server, "gpt-6.1-terra".into()).unwrap().draft(request).await
}

/// A response around the JSON that the model wrote; reasoning comes first, as it does.
fn response(written: &str) -> Answer {
    let body = json!({
        "id": "resp_1", "object": "response", "status": "completed", "model": "gpt-6.1-terra-2026",
        "error": null, "incomplete_details": null,
        "output": [
            {"type": "reasoning", "id": "rs_1", "summary": []},
            {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
             "content": [{"type": "output_text", "text": written, "annotations": [], "logprobs": []}]},
        ],
        "usage": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
    });
    answer(200, body)
}

fn sections(sections: Value) -> Answer {
    response(
        &json!({"sections": sections, "uncertain": [], "not_dictated": ["comparison"]}).to_string(),
    )
}

fn sentence(text: &str, evidence: &[&str], kind: &str) -> Value {
    json!({"text": text, "evidence": evidence, "kind": kind})
}

fn tear(evidence: &[&str]) -> Answer {
    let sentences = [sentence("Meniscal tear.", evidence, "dictated")];
    sections(json!([{"key": "impression", "sentences": sentences}]))
}

#[tokio::test]
async fn a_draft_is_asked_for_with_exactly_these_fields() {
    let provider = Scripted::start([tear(&["s1"])]).await;
    drafted(&provider, &spoken()).await.unwrap();
    let asked = provider.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!((asked[0].method.as_str(), asked[0].path.as_str()), ("POST", "/v1/responses"));
    assert_eq!(asked[0].header("authorization"), "Bearer sk-test");
    assert_eq!(asked[0].header("content-type"), "application/json");

    let mut body = asked[0].json();
    let schema = body["text"]["format"]["schema"].take();
    let text = body["input"][0]["content"][0]["text"].take();
    assert_eq!(
        body,
        json!({
            "model": "gpt-6.1-terra",
            "store": false,
            "instructions": include_str!("../../../prompts/clinical_note_v1.md"),
            "input": [{"role": "user", "content": [{"type": "input_text", "text": null}]}],
            "reasoning": {"effort": "low"},
            "max_output_tokens": 6000,
            "text": {"format": {
                "type": "json_schema", "name": "clinical_note_v1", "strict": true, "schema": null,
            }},
        })
    );
    let mut text: Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
    assert_eq!(text["sections"].take()[0]["key"], "examination");
    assert_eq!(
        text,
        json!({
            "note_type": "radiology_report", "recording": "dictation", "language": "en", "sections": null,
            "segments": [
                {"id": "s0", "t": [0.0, 12.5], "text": "Radiology report. Examination. MRI of the right knee."},
                {"id": "s1", "t": [12.5, 25.0], "text": "Impression. Meniscal tear."},
            ],
        })
    );
    let keys = [
        "examination",
        "clinical_history",
        "comparison",
        "technique",
        "findings",
        "impression",
        "recommendation",
    ];
    let string = json!({"type": "string"});
    let object = |required: Value, properties: Value| json!({"type": "object", "additionalProperties": false, "required": required, "properties": properties});
    let list = |items: Value| json!({"type": "array", "items": items});
    let sentence = object(
        json!(["evidence", "kind", "text"]),
        json!({
            "text": string, "evidence": list(string.clone()),
            "kind": {"type": "string", "enum": ["dictated", "inferred", "template"]},
        }),
    );
    let section = object(
        json!(["key", "sentences"]),
        json!({"key": {"type": "string", "enum": keys}, "sentences": list(sentence)}),
    );
    let uncertain = object(
        json!(["phrase", "reason", "segment_id"]),
        json!({"segment_id": string, "phrase": string, "reason": string}),
    );
    let expected = object(
        json!(["not_dictated", "sections", "uncertain"]),
        json!({
            "sections": list(section), "uncertain": list(uncertain),
            "not_dictated": list(json!({"type": "string", "enum": keys})),
        }),
    );
    assert_eq!(schema, expected);
}

#[tokio::test]
async fn the_note_follows_the_template_and_cites_what_the_model_was_given() {
    let request = spoken();
    let provider = Scripted::start([sections(json!([
        {"key": "impression", "sentences": [sentence(" Meniscal tear of the right knee. ", &["s1", "s0", "s1"], "inferred")]},
        {"key": "examination", "sentences": [sentence("MRI of the right knee.", &["s0"], "dictated")]},
    ]))])
    .await;
    let note = drafted(&provider, &request).await.unwrap();
    assert_eq!(note.template, "radiology_report");
    // Findings are required and were not spoken about: there, and empty.
    let titles: Vec<_> = note.sections.iter().map(|section| section.title.as_str()).collect();
    assert_eq!(titles, ["Examination", "Findings", "Impression"]);
    assert_eq!(note.sections[1].sentences, []);
    let impression = &note.sections[2].sentences[0];
    assert_eq!(impression.text.as_str(), "Meniscal tear of the right knee.");
    assert_eq!(impression.kind, SentenceKind::Inferred);
    let cited = [request.segments[0].evidence, request.segments[1].evidence];
    assert_eq!(impression.evidence, cited);
}

#[tokio::test]
async fn evidence_that_was_not_given_is_mended_once_and_then_refused() {
    for wrong in [&["s2"][..], &["s1", "segment 1"], &[]] {
        let provider = Scripted::start([tear(wrong), tear(&["s1"])]).await;
        assert!(drafted(&provider, &spoken()).await.is_ok());
        let asked: Vec<_> =
            provider.asked().iter().map(super::super::support::scripted::Asked::json).collect();
        assert_eq!(asked.len(), 2);
        let advice = asked[1]["input"][0]["content"][1]["text"].as_str().unwrap();
        assert!(advice.contains("cite only ids of the input"), "{advice}");

        let provider = Scripted::start([tear(wrong), tear(wrong)]).await;
        assert_eq!(drafted(&provider, &spoken()).await, Err(refused("unknown_evidence")));
        assert_eq!(provider.asked().len(), 2);
    }
}

#[tokio::test]
async fn an_answer_that_is_no_note_is_never_one() {
    let cut_off = || {
        answer(
            200,
            r#"{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[]}"#,
        )
    };
    let filtered = answer(
        200,
        r#"{"status":"incomplete","incomplete_details":{"reason":"content_filter"},"output":[]}"#,
    );
    let declined = answer(
        200,
        r#"{"status":"completed","output":[{"type":"message","content":[{"type":"refusal","refusal":"canary"}]}]}"#,
    );
    let failed = answer(
        200,
        r#"{"status":"failed","error":{"code":"server_error","message":"canary"},"output":[]}"#,
    );
    let truncated = || response(r#"{"sections":[{"key":"impression","sen"#);
    let unknown = || sections(json!([{"key": "gossip", "sentences": []}]));
    let template = || {
        sections(
            json!([{"key": "findings", "sentences": [sentence("Normal.", &["s0"], "template")]}]),
        )
    };
    let quota =
        answer(429, r#"{"error":{"type":"insufficient_quota","code":"credit_balance_exhausted"}}"#);
    let cases = [
        (vec![cut_off(), cut_off()], refused("draft_too_long")),
        (vec![filtered], refused("content_filter")),
        (vec![declined], refused("model_declined")),
        (vec![failed], retry("provider_failed")),
        (vec![truncated(), truncated()], refused("draft_unreadable")),
        (vec![unknown(), unknown()], refused("unknown_section")),
        (vec![template(), template()], refused("unknown_evidence")),
        (vec![quota], attention("quota")),
        (vec![truncated(), answer(503, "")], retry("server_error")),
    ];
    for (answers, expected) in cases {
        let (calls, provider) = (answers.len(), Scripted::start(answers).await);
        let error = drafted(&provider, &spoken()).await.unwrap_err();
        assert_eq!(error, expected);
        assert!(!format!("{error} {error:?}").contains("canary"));
        assert_eq!(provider.asked().len(), calls, "{expected:?}");
    }
}

#[tokio::test]
async fn an_answer_that_was_cut_off_gets_more_room() {
    let cut_off = answer(
        200,
        r#"{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}}"#,
    );
    let provider = Scripted::start([cut_off, tear(&["s1"])]).await;
    assert!(drafted(&provider, &spoken()).await.is_ok());
    let rooms: Vec<_> =
        provider.asked().iter().map(|asked| asked.json()["max_output_tokens"].clone()).collect();
    assert_eq!(rooms, [6_000, 18_000]);
}

#[tokio::test]
async fn a_conversation_becomes_a_progress_note() {
    let mut request = dictation(["How are you?", "My knee hurts."]);
    request.kind = RecordingKind::Consultation;
    let provider = Scripted::start([sections(json!([]))]).await;
    // `comparison` is no section of a progress note, so the answer is asked for again.
    assert!(drafted(&provider, &request).await.is_err());
    let body = provider.asked()[0].json();
    let text = body["input"][0]["content"][0]["text"].as_str().unwrap();
    assert!(text.contains(r#""note_type":"progress_note""#), "{text}");
}
