//! Which engines hear and draft.

use std::path::PathBuf;

use secrecy::SecretString;

use super::env::Environment;

/// The speech-to-text engine.
#[derive(Debug, Clone)]
pub struct SpeechConfig {
    pub provider: SpeechProvider,
    /// Folder of the built-in engine's model, in faster-whisper's form.
    pub model_dir: PathBuf,
    /// Threads of the built-in engine.
    pub threads: usize,
    pub openai: OpenAi,
    /// Model at OpenAI, e.g. `gpt-transcribe`.
    pub model: String,
}

/// The note drafter.
#[derive(Debug, Clone)]
pub struct DraftingConfig {
    pub provider: DraftingProvider,
    pub openai: OpenAi,
    /// Model at OpenAI.
    pub model: String,
}

/// OpenAI, or what speaks its API.
#[derive(Debug, Clone)]
pub struct OpenAi {
    /// Without a slash at the end and without `/v1`.
    pub base_url: String,
    pub api_key: Option<SecretString>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpeechProvider {
    /// Whisper in this process; nothing leaves the house.
    Local,
    OpenAi,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftingProvider {
    /// Files the words under the headings that were spoken; no model.
    Dictated,
    OpenAi,
}

impl SpeechConfig {
    pub(super) fn read(env: &mut Environment) -> Self {
        let provider = env.choice(
            "SPEECH_PROVIDER",
            &[("local", SpeechProvider::Local), ("openai", SpeechProvider::OpenAi)],
        );
        let model_dir = match provider {
            SpeechProvider::Local => env.required("SPEECH_MODEL_DIR").unwrap_or_default(),
            SpeechProvider::OpenAi => env.or("SPEECH_MODEL_DIR", ""),
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            provider,
            model_dir: model_dir.into(),
            threads: env.parsed("SPEECH_THREADS", cores).max(1),
            openai: OpenAi::read(env, provider == SpeechProvider::OpenAi),
            model: env.or("OPENAI_SPEECH_MODEL", "gpt-transcribe"),
        }
    }
}

impl DraftingConfig {
    pub(super) fn read(env: &mut Environment) -> Self {
        let provider = env.choice(
            "DRAFTING_PROVIDER",
            &[("dictated", DraftingProvider::Dictated), ("openai", DraftingProvider::OpenAi)],
        );
        Self {
            provider,
            openai: OpenAi::read(env, provider == DraftingProvider::OpenAi),
            model: env.or("OPENAI_DRAFTING_MODEL", "gpt-6.1-terra"),
        }
    }
}

impl OpenAi {
    fn read(env: &mut Environment, needed: bool) -> Self {
        let base_url = env.or("OPENAI_BASE_URL", "https://api.openai.com");
        let api_key = if needed {
            env.secret("OPENAI_API_KEY")
        } else {
            env.optional_secret("OPENAI_API_KEY")
        };
        Self { base_url: base_url.trim_end_matches('/').to_owned(), api_key }
    }
}
