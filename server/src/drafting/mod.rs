//! The note-drafting seam: a model with structured output (`openai.rs`), and the spoken headings (`dictated.rs`).

pub mod dictated;
mod headings;
pub mod openai;
pub mod reading;
mod sentences;
pub mod template;

use std::sync::Arc;

use async_trait::async_trait;
use medrecord_common::PatientText;
use medrecord_common::note::{Evidence, NoteContent};
use medrecord_common::recording::RecordingKind;

use crate::config::{DraftingConfig, DraftingProvider};
use crate::provider::ProviderError;
use crate::provider::openai::SetupError;

/// What a note is drafted from: the texts of its segments, in the order of reading ([`reading`]).
#[derive(Debug, Clone)]
pub struct DraftRequest {
    pub kind: RecordingKind,
    pub language: String,
    pub segments: Vec<SpokenSegment>,
}

/// A segment's text and where it stands.
#[derive(Debug, Clone)]
pub struct SpokenSegment {
    pub evidence: Evidence,
    pub start_ms: u64,
    pub duration_ms: u32,
    pub text: PatientText,
}

/// Files what was said under headings. Every sentence cites segments of the request and no others.
#[async_trait]
pub trait NoteDrafter: Send + Sync {
    /// Name and version, kept beside the draft, e.g. `dictated/1`.
    fn name(&self) -> &str;
    async fn draft(&self, request: &DraftRequest) -> Result<NoteContent, ProviderError>;
}

/// The drafter that the configuration names.
///
/// # Errors
/// When the HTTP client cannot be made.
pub fn from_config(config: &DraftingConfig) -> Result<Arc<dyn NoteDrafter>, SetupError> {
    Ok(match config.provider {
        DraftingProvider::Dictated => Arc::new(dictated::Dictated),
        DraftingProvider::OpenAi => {
            Arc::new(openai::OpenAiDrafter::new(&config.openai, config.model.clone())?)
        }
    })
}
