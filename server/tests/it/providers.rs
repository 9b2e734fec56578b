//! What OpenAI is asked, field by field, and what its answers lead to.

mod drafting;
mod transcription;

use medrecord_server::provider::ProviderError;

const fn retry(code: &'static str) -> ProviderError {
    ProviderError::Retry { code, after: None }
}

const fn attention(code: &'static str) -> ProviderError {
    ProviderError::Attention { code }
}

const fn refused(code: &'static str) -> ProviderError {
    ProviderError::Refused { code }
}
