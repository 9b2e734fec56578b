//! How a call to a provider (speech or drafting) can fail, and what follows for the job.

pub mod openai;

use std::time::Duration;

/// A failed call. `code` is a stable word for the job's row and the metrics; never a provider's text,
/// which may echo what was spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// It may work later: network, overload, rate limit. `after` is the provider's own wish.
    #[error("provider: {code}")]
    Retry { code: &'static str, after: Option<Duration> },
    /// No call will work until a person acts: key, quota, model name, missing model folder.
    /// Jobs wait and try again rarely; nothing is given up.
    #[error("provider needs attention: {code}")]
    Attention { code: &'static str },
    /// This input will never work.
    #[error("provider refused: {code}")]
    Refused { code: &'static str },
}
