//! Why a recording could not be made or closed.

use crate::audio::SourceError;
use crate::outbox::OutboxError;

#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    #[error(
        "The recording could not be closed. All but its last seconds is safe on this computer; \
         start the program again to close it."
    )]
    Died,
}

impl CaptureError {
    /// A stable word for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Source(error) => error.code(),
            Self::Outbox(error) => error.code(),
            Self::Died => "capture_died",
        }
    }
}
