//! A speech service whose latency follows the length of the audio, as a real one's does.

use std::time::Duration;

use async_trait::async_trait;
use medrecord_common::audio::{SAMPLE_RATE, flac};
use medrecord_server::provider::ProviderError;
use medrecord_server::speech::{Heard, SpeechRequest, SpeechToText};

use super::TIMES;

/// What every request costs.
pub(crate) const FIXED: Duration = Duration::from_millis(500);
/// On top, of the audio's length.
pub(crate) const PERCENT_OF_LENGTH: u32 = 10;

#[derive(Clone, Copy)]
pub(crate) struct Provider;

impl Provider {
    /// Answers as late as a real one would, divided by [`TIMES`].
    pub(crate) async fn hear(self, samples: u64) {
        let length = Duration::from_secs_f64(samples as f64 / f64::from(SAMPLE_RATE));
        tokio::time::sleep((FIXED + length * PERCENT_OF_LENGTH / 100) / TIMES).await;
    }
}

#[async_trait]
impl SpeechToText for Provider {
    fn provider(&self) -> &'static str {
        "bench"
    }

    fn model(&self) -> &str {
        "latency"
    }

    async fn transcribe(&self, request: &SpeechRequest) -> Result<Heard, ProviderError> {
        let pcm = flac::decode(&request.flac)
            .map_err(|_| ProviderError::Refused { code: "undecodable" })?;
        self.hear(pcm.len() as u64).await;
        // Words enough for the speech that is in it, and other ones each time: no guard objects.
        let text = (0..pcm.len() / 8_000).map(|word| format!("word{}x{word}", request.seq));
        Ok(Heard { text: text.collect::<Vec<_>>().join(" ").into() })
    }
}
