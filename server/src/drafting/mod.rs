//! The note-drafting seam: a model with structured output (`openai.rs`), and the spoken headings (`dictated.rs`).

use async_trait::async_trait;
use medrecord_common::PatientText;
use medrecord_common::note::{Evidence, NoteContent};
use medrecord_common::recording::RecordingKind;

use crate::provider::ProviderError;

/// What a note is drafted from: the texts of all segments with speech, in order.
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
