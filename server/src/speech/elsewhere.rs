//! The engine of a process that runs no jobs.

use async_trait::async_trait;

use super::{Heard, SpeechRequest, SpeechToText};
use crate::provider::ProviderError;

/// Hears nothing and takes no memory: other processes have the engine.
pub struct Elsewhere;

#[async_trait]
impl SpeechToText for Elsewhere {
    fn provider(&self) -> &'static str {
        "elsewhere"
    }

    fn model(&self) -> &'static str {
        "elsewhere"
    }

    async fn transcribe(&self, _: &SpeechRequest) -> Result<Heard, ProviderError> {
        Err(ProviderError::Retry { code: "engine_elsewhere", after: None })
    }
}
