//! The JSON schema that a draft must keep to, made from the template, and the types that read it.
//!
//! Only the subset of JSON Schema that strict structured output takes: no lengths, no formats, everything
//! required. What it cannot say (known evidence, no empty sentence) is checked in `answer.rs`.

use medrecord_common::note::SentenceKind;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::drafting::template::Template;

/// A draft as the model gives it.
#[derive(Deserialize)]
pub(super) struct Draft {
    pub(super) sections: Vec<DraftSection>,
    pub(super) not_dictated: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct DraftSection {
    pub(super) key: String,
    pub(super) sentences: Vec<DraftSentence>,
}

#[derive(Deserialize)]
pub(super) struct DraftSentence {
    pub(super) text: String,
    pub(super) evidence: Vec<String>,
    pub(super) kind: SentenceKind,
}

/// `text.format` of the request.
pub(super) fn format(template: &Template) -> Value {
    json!({
        "type": "json_schema",
        "name": "clinical_note_v1",
        "strict": true,
        "schema": schema(template),
    })
}

fn schema(template: &Template) -> Value {
    let keys: Vec<&str> = template.sections.iter().map(|section| section.key).collect();
    let text = json!({"type": "string"});
    let sentence = object(json!({
        "text": text,
        "evidence": list(text.clone()),
        "kind": {"type": "string", "enum": ["dictated", "inferred", "template"]},
    }));
    let section = object(json!({
        "key": {"type": "string", "enum": keys},
        "sentences": list(sentence),
    }));
    let uncertain = object(json!({"segment_id": text, "phrase": text, "reason": text}));
    object(json!({
        "sections": list(section),
        "uncertain": list(uncertain),
        "not_dictated": list(json!({"type": "string", "enum": keys})),
    }))
}

fn list(items: Value) -> Value {
    json!({"type": "array", "items": items})
}

/// An object whose every property is required and that has no others.
fn object(properties: Value) -> Value {
    let required: Vec<&String> =
        properties.as_object().into_iter().flat_map(|map| map.keys()).collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}
