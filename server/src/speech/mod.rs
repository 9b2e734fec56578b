//! The speech-to-text seam: OpenAI or what speaks its API (`openai.rs`), and the built-in engine (`local/`).

use async_trait::async_trait;
use bytes::Bytes;
use medrecord_common::PatientText;

use crate::provider::ProviderError;

/// One segment to be heard. There is always speech in it: the job does not ask otherwise.
#[derive(Debug, Clone)]
pub struct SpeechRequest {
    /// Number of the segment, for the file name that the provider sees.
    pub seq: u32,
    /// FLAC, 16 kHz mono, at most 30 s.
    pub flac: Bytes,
    /// ISO 639-1.
    pub language: String,
    /// The clinician's vocabulary.
    pub keywords: Vec<String>,
    /// The text before this segment, when it is there.
    pub previous_text: Option<PatientText>,
}

/// What a provider heard, before the guards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub text: PatientText,
}

/// Turns the audio of one segment into text.
#[async_trait]
pub trait SpeechToText: Send + Sync {
    /// `openai` or `local`.
    fn provider(&self) -> &'static str;
    /// The model's name, kept beside each text.
    fn model(&self) -> &str;
    async fn transcribe(&self, request: &SpeechRequest) -> Result<Heard, ProviderError>;
}
