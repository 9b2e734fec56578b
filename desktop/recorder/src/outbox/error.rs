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
    #[error(
        "The recordings on this computer could not be prepared for this version. {0} Nothing was changed and \
         all recordings are safe: the earlier version still opens them. Install that one and tell support."
    )]
    NotUpgraded(Box<Self>),
    #[error(
        "This version copies the recordings on this computer before it changes anything, and the disk has no \
         room for that. Nothing was changed and all recordings are safe. Free {megabytes} MB and start again."
    )]
    NoRoomToUpgrade { megabytes: u64 },
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
    #[error(
        "A part of recording {0} is damaged on this computer. The rest is safe. \
         Start the program again: it repairs what it can."
    )]
    Damaged(RecordingId),
    #[error("The audio of recording {0} cannot be decoded.")]
    Undecodable(RecordingId),
    #[error("The folder of the recordings cannot be changed: {0}")]
    File(std::io::Error),
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

    /// Whether the file is damaged. SQLCipher says so of a page whose MAC does not fit in several words; of
    /// the first page in that of a wrong key.
    pub(super) fn is_damage(&self, key_fits: impl FnOnce() -> bool) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, OutOfMemory, SystemIoFailure, Unknown};
        match self {
            Self::WrongKey => key_fits(),
            Self::Sqlite(error) => matches!(
                error.sqlite_error_code(),
                Some(DatabaseCorrupt | OutOfMemory | SystemIoFailure | Unknown)
            ),
            Self::Unreadable(_) => true,
            _ => false,
        }
    }

    /// Whether a write met a damaged page.
    pub(crate) fn is_corruption(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, OutOfMemory, Unknown};
        matches!(self, Self::WrongKey)
            || matches!(self, Self::Sqlite(error) if matches!(
                error.sqlite_error_code(), Some(DatabaseCorrupt | OutOfMemory | Unknown)
            ))
    }

    /// A stable word for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WrongKey => "wrong_key",
            Self::Newer(_) => "newer_version",
            Self::NotUpgraded(_) => "not_upgraded",
            Self::NoRoomToUpgrade { .. } => "no_room_to_upgrade",
            Self::DiskFull => "disk_full",
            Self::Busy => "outbox_busy",
            Self::UnknownRecording(_) => "unknown_recording",
            Self::WrongState { .. } => "wrong_state",
            Self::OutOfOrder { .. } => "out_of_order",
            Self::ReceiptMismatch(_) => "receipt_mismatch",
            Self::AudioReleased(_) => "audio_released",
            Self::Unreadable(_) => "unreadable",
            Self::Damaged(_) => "damaged",
            Self::Undecodable(_) => "undecodable",
            Self::File(_) => "data_folder",
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
