//! From the model's answer to a note: finds the text, checks it, maps the evidence back.

use std::collections::HashMap;

use medrecord_common::note::{Evidence, NoteContent, Section, Sentence, SentenceKind};
use serde::Deserialize;

use super::schema::{Draft, DraftSection};
use crate::drafting::template::{Template, TemplateSection};
use crate::drafting::{DraftRequest, SpokenSegment};
use crate::provider::ProviderError;

/// `POST /v1/responses`, as much of the answer as is needed; servers leave out the rest at will.
#[derive(Deserialize)]
pub(super) struct Response {
    status: Option<String>,
    error: Option<Failure>,
    incomplete_details: Option<Incomplete>,
    #[serde(default)]
    output: Vec<Item>,
}

#[derive(Deserialize)]
struct Failure {
    code: Option<String>,
}

#[derive(Deserialize)]
struct Incomplete {
    reason: Option<String>,
}

/// Reasoning comes first and has no content; the message follows.
#[derive(Deserialize)]
struct Item {
    #[serde(default)]
    content: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part {
    OutputText {
        text: String,
    },
    Refusal {},
    #[serde(other)]
    Other,
}

/// Why an answer is no note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Ask once more and say what was wrong.
    Mend(Wrong),
    /// Ask once more with more room: the JSON is cut off.
    TooShort,
    Fatal(ProviderError),
}

/// What the model can be told to do better. The sentences hold nothing of the note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    Schema,
    Evidence,
    Section,
}

impl Wrong {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Schema => "draft_unreadable",
            Self::Evidence => "unknown_evidence",
            Self::Section => "unknown_section",
        }
    }

    pub(super) const fn advice(self) -> &'static str {
        match self {
            Self::Schema => "Your answer was not JSON of the given schema. Answer again, complete.",
            Self::Evidence => {
                "A sentence of your answer cited no segment, or an id that is not in the input. \
                 Answer again; cite only ids of the input, at least one a sentence."
            }
            Self::Section => {
                "Your answer had a section key that is not in the schema. Answer again."
            }
        }
    }
}

impl Response {
    /// The JSON that the model wrote.
    pub(super) fn text(self) -> Result<String, Fault> {
        let refused = |code| Err(Fault::Fatal(ProviderError::Refused { code }));
        match self.status.as_deref() {
            Some("incomplete") => {
                let reason = self.incomplete_details.and_then(|details| details.reason);
                return match reason.as_deref() {
                    Some("content_filter") => refused("content_filter"),
                    _ => Err(Fault::TooShort),
                };
            }
            Some("failed" | "cancelled") => {
                let code = self.error.and_then(|error| error.code);
                return match code.as_deref() {
                    Some("invalid_prompt") => refused("invalid_prompt"),
                    _ => Err(Fault::Fatal(ProviderError::Retry {
                        code: "provider_failed",
                        after: None,
                    })),
                };
            }
            _ => {}
        }
        let mut written = String::new();
        for part in self.output.into_iter().flat_map(|item| item.content) {
            match part {
                Part::OutputText { text } => written.push_str(&text),
                Part::Refusal {} => return refused("model_declined"),
                Part::Other => {}
            }
        }
        Ok(written)
    }
}

/// The note that the JSON describes, in the order of the template. A section that nobody spoke about is
/// there without sentences if the template requires it.
pub(super) fn note(
    json: &str,
    template: &Template,
    request: &DraftRequest,
) -> Result<NoteContent, Fault> {
    let draft: Draft = serde_json::from_str(json).map_err(|_| Fault::Mend(Wrong::Schema))?;
    let known = |key: &str| template.sections.iter().any(|section| section.key == key);
    let keys = draft.sections.iter().map(|section| &section.key).chain(&draft.not_dictated);
    if !keys.into_iter().all(|key| known(key)) {
        return Err(Fault::Mend(Wrong::Section));
    }
    let issued = request.segments.iter().enumerate();
    let issued: HashMap<String, Evidence> =
        issued.map(|(index, segment): (_, &SpokenSegment)| (id(index), segment.evidence)).collect();
    let mut sections = Vec::new();
    for wanted in template.sections {
        let section = section(wanted, &draft.sections, &issued)?;
        if wanted.required || !section.sentences.is_empty() {
            sections.push(section);
        }
    }
    Ok(NoteContent { template: template.name.to_owned(), sections })
}

/// The name that a segment has in the request.
pub(super) fn id(index: usize) -> String {
    format!("s{index}")
}

fn section(
    wanted: &TemplateSection,
    drafted: &[DraftSection],
    issued: &HashMap<String, Evidence>,
) -> Result<Section, Fault> {
    let mut sentences = Vec::new();
    let drafted = drafted.iter().filter(|section| section.key == wanted.key);
    for sentence in drafted.flat_map(|section| &section.sentences) {
        let cited = sentence.evidence.iter().map(|id| issued.get(id).copied());
        let mut evidence: Vec<Evidence> =
            cited.collect::<Option<_>>().ok_or(Fault::Mend(Wrong::Evidence))?;
        evidence.sort_by_key(|evidence| (evidence.recording, evidence.seq));
        evidence.dedup();
        // The template has no text of its own: a sentence rests on something said, or it is invented.
        let grounded = !evidence.is_empty() && sentence.kind != SentenceKind::Template;
        if !grounded {
            return Err(Fault::Mend(Wrong::Evidence));
        }
        let text = sentence.text.trim();
        if !text.is_empty() {
            sentences.push(Sentence { text: text.into(), kind: sentence.kind, evidence });
        }
    }
    Ok(Section { title: wanted.title.to_owned(), sentences })
}
