//! What can go wrong with the outbox, in words for people.

use medrecord_common::ids::RecordingId;

use super::RecordingState;

/// Messages never hold patient text: what SQLite and serde say is passed on only where it cannot.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    #[error(
        "The recordings on this computer could not be opened: the key does not fit. \
         Nothing was changed. Use the key they were made with."
    )]
    WrongKey,
    #[error(
        "The recordings on this computer were made by a newer version (schema {0}). \
         Nothing was changed. Install that version."
    )]
    Newer(u32),
    #[error("The disk is full. What was recorded so far is kept. Make room on the disk.")]
    DiskFull,
    #[error("Another program holds the recordings' database. It is tried again.")]
    Busy,
    #[error("There is no recording {0} on this computer.")]
    UnknownRecording(RecordingId),
    #[error("Recording {recording} is {state}; this cannot be done with it now.")]
    WrongState { recording: RecordingId, state: RecordingState },
    #[error("Recording {recording}: samples from {start} do not follow those up to {expected}.")]
    OutOfOrder { recording: RecordingId, start: u64, expected: u64 },
    #[error("The receipt does not match recording {0}; its audio stays on this computer.")]
    ReceiptMismatch(RecordingId),
    #[error("Recording {0}: its audio is no longer on this computer; the server has it.")]
    AudioReleased(RecordingId),
    #[error("A row of the recordings' database cannot be read ({0}).")]
    Unreadable(&'static str),
    #[error("The audio of recording {0} cannot be decoded.")]
    Undecodable(RecordingId),
    #[error("The recordings' database failed: {0}")]
    Sqlite(rusqlite::Error),
}

impl OutboxError {
    /// Whether the disk or the file failed, not what was asked of it.
    pub(super) fn is_of_storage(&self) -> bool {
        match self {
            Self::DiskFull | Self::WrongKey => true,
            Self::Sqlite(error) => error
                .sqlite_error_code()
                .is_some_and(|code| code != rusqlite::ErrorCode::ConstraintViolation),
            _ => false,
        }
    }

    /// A stable word for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WrongKey => "wrong_key",
            Self::Newer(_) => "newer_version",
            Self::DiskFull => "disk_full",
            Self::Busy => "outbox_busy",
            Self::UnknownRecording(_) => "unknown_recording",
            Self::WrongState { .. } => "wrong_state",
            Self::OutOfOrder { .. } => "out_of_order",
            Self::ReceiptMismatch(_) => "receipt_mismatch",
            Self::AudioReleased(_) => "audio_released",
            Self::Unreadable(_) => "unreadable",
            Self::Undecodable(_) => "undecodable",
            Self::Sqlite(_) => "outbox_failed",
        }
    }
}

impl From<rusqlite::Error> for OutboxError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => Self::WrongKey,
            Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull,
            Some(rusqlite::ErrorCode::DatabaseBusy) => Self::Busy,
            _ => Self::Sqlite(error),
        }
    }
}
