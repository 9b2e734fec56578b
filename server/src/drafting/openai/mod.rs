//! Drafting by OpenAI's Responses API with structured output, or by anything that speaks it.
//!
//! The request keeps nothing at the provider (`store: false`), names nobody, and asks for JSON of a strict
//! schema. An answer that cites what it was not given is refused; it gets one chance to mend it.

mod answer;
mod schema;

use std::time::Duration;

use async_trait::async_trait;
use medrecord_common::note::NoteContent;
use medrecord_common::recording::RecordingKind;
use serde_json::{Value, json};

use self::answer::{Fault, Response};
use super::template::{self, PROGRESS_NOTE, Template};
use super::{DraftRequest, NoteDrafter};
use crate::config;
use crate::provider::ProviderError;
use crate::provider::openai::{OpenAi, SetupError};

/// What the model is told. A change of the words is a new file with a new number.
const INSTRUCTIONS: &str = include_str!("../../../prompts/clinical_note_v1.md");
/// A long consultation with reasoning takes a minute or two.
const TIMEOUT: Duration = Duration::from_secs(240);
/// Reasoning included. A note of a thousand words with its JSON is about 4,000.
const MAX_OUTPUT_TOKENS: u32 = 6_000;

/// A server with the Responses API and the model asked for.
pub struct OpenAiDrafter {
    server: OpenAi,
    model: String,
    name: String,
}

/// How a second attempt differs from the first.
struct Attempt {
    max_output_tokens: u32,
    advice: Option<&'static str>,
}

impl OpenAiDrafter {
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(server: &config::OpenAi, model: String) -> Result<Self, SetupError> {
        let name = format!("openai/{model}/clinical_note_v1");
        Ok(Self { server: OpenAi::new(server, TIMEOUT)?, model, name })
    }

    fn body(&self, template: &Template, request: &DraftRequest, attempt: &Attempt) -> Value {
        let mut content = vec![json!({"type": "input_text", "text": spoken(template, request)})];
        if let Some(advice) = attempt.advice {
            content.push(json!({"type": "input_text", "text": advice}));
        }
        json!({
            "model": self.model,
            "store": false,
            "instructions": INSTRUCTIONS,
            "input": [{"role": "user", "content": content}],
            "reasoning": {"effort": "low"},
            "max_output_tokens": attempt.max_output_tokens,
            "text": {"format": schema::format(template)},
        })
    }

    async fn attempt(
        &self,
        template: &Template,
        request: &DraftRequest,
        attempt: &Attempt,
    ) -> Result<NoteContent, Fault> {
        let call = self.server.post("/v1/responses").json(&self.body(template, request, attempt));
        let response: Response = self.server.send(call).await.map_err(Fault::Fatal)?;
        answer::note(&response.text()?, template, request)
    }
}

#[async_trait]
impl NoteDrafter for OpenAiDrafter {
    fn name(&self) -> &str {
        &self.name
    }

    async fn draft(&self, request: &DraftRequest) -> Result<NoteContent, ProviderError> {
        let template = template_for(request);
        let first = Attempt { max_output_tokens: MAX_OUTPUT_TOKENS, advice: None };
        let second = match self.attempt(template, request, &first).await {
            Ok(note) => return Ok(note),
            Err(Fault::Fatal(error)) => return Err(error),
            Err(Fault::TooShort) => Attempt { max_output_tokens: 3 * MAX_OUTPUT_TOKENS, ..first },
            Err(Fault::Mend(wrong)) => Attempt { advice: Some(wrong.advice()), ..first },
        };
        self.attempt(template, request, &second).await.map_err(|fault| match fault {
            Fault::Fatal(error) => error,
            Fault::TooShort => ProviderError::Refused { code: "draft_too_long" },
            Fault::Mend(wrong) => ProviderError::Refused { code: wrong.code() },
        })
    }
}

/// A conversation becomes a progress note; a dictation what its beginning and its headings say.
fn template_for(request: &DraftRequest) -> &'static Template {
    match request.kind {
        RecordingKind::Consultation => &PROGRESS_NOTE,
        RecordingKind::Dictation => {
            let filed = super::dictated::file(request);
            template::by_name(&filed.template).unwrap_or(&template::DICTATION)
        }
    }
}

/// The segments as JSON, under names that mean nothing outside this request.
fn spoken(template: &Template, request: &DraftRequest) -> String {
    let seconds = |ms: u64| ms as f64 / 1_000.0;
    let segments = request.segments.iter().enumerate().map(|(index, segment)| {
        let end = segment.start_ms + u64::from(segment.duration_ms);
        json!({
            "id": answer::id(index),
            "t": [seconds(segment.start_ms), seconds(end)],
            "text": segment.text.as_str(),
        })
    });
    let sections = template.sections.iter().map(
        |section| json!({"key": section.key, "title": section.title, "holds": section.guidance}),
    );
    json!({
        "note_type": template.name,
        "recording": request.kind,
        "language": request.language,
        "sections": sections.collect::<Vec<_>>(),
        "segments": segments.collect::<Vec<_>>(),
    })
    .to_string()
}
