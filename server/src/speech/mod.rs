//! The speech-to-text seam: OpenAI or what speaks its API (`openai.rs`), and the built-in engine (`local/`).

mod elsewhere;
pub mod guard;
#[cfg(feature = "local-speech")]
pub mod local;
pub mod openai;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use medrecord_common::PatientText;

pub use self::elsewhere::Elsewhere;
use crate::config::{SpeechConfig, SpeechProvider};
use crate::provider::ProviderError;
use crate::provider::openai::SetupError;

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

/// The engine cannot be set up: the server does not start. The message says what mends it.
#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    #[cfg(feature = "local-speech")]
    #[error(transparent)]
    Model(#[from] local::ModelError),
    #[cfg(not(feature = "local-speech"))]
    #[error(
        "This program was built without the built-in speech engine (feature local-speech). \
         Set SPEECH_PROVIDER=openai, or use a build that has it."
    )]
    NotBuiltIn,
    #[error(transparent)]
    OpenAi(#[from] SetupError),
}

/// The engine that the configuration names. Loading the built-in one takes some tenths of a second.
///
/// # Errors
/// See [`SpeechError`].
pub fn from_config(config: &SpeechConfig) -> Result<Arc<dyn SpeechToText>, SpeechError> {
    match config.provider {
        SpeechProvider::Local => built_in(config),
        SpeechProvider::OpenAi => {
            let engine = openai::OpenAiSpeech::new(&config.openai, config.model.clone())?;
            Ok(Arc::new(engine))
        }
    }
}

#[cfg(feature = "local-speech")]
fn built_in(config: &SpeechConfig) -> Result<Arc<dyn SpeechToText>, SpeechError> {
    Ok(Arc::new(local::LocalSpeech::open(&config.model_dir, config.threads)?))
}

#[cfg(not(feature = "local-speech"))]
fn built_in(_: &SpeechConfig) -> Result<Arc<dyn SpeechToText>, SpeechError> {
    Err(SpeechError::NotBuiltIn)
}
