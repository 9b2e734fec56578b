//! Why a wish of the clinician could not be met.

use medrecord_common::workstation::CommandError;

use super::update::UpdateError;
use crate::bundle::BundleError;
use crate::capture::CaptureError;
use crate::outbox::OutboxError;
use crate::sync::SyncError;
use crate::vault::VaultError;

#[derive(Debug, thiserror::Error)]
pub enum RecorderError {
    #[error("MedRecord is already running with these recordings. Use the one that is open.")]
    InUse,
    #[error("This computer names no folder for data. Give one with --data DIR.")]
    NoDataFolder,
    #[error("The folder of the recordings cannot be used: {0}.")]
    Folder(std::io::Error),
    #[error(
        "{0} Nothing can be recorded on this computer until then: it knows no recovery key to which new \
         recordings could be sealed."
    )]
    NoSideOutbox(VaultError),
    #[error("This has to wait until the main outbox can be opened. {0}")]
    Side(String),
    #[error(
        "A new version of MedRecord is being installed. What is recorded is kept; try again when MedRecord has \
         started anew, in a moment."
    )]
    Updating,
    #[error(transparent)]
    NotUpdated(#[from] UpdateError),
    #[error("A recording is already under way.")]
    AlreadyRecording,
    #[error(
        "The disk has room for {minutes} more minutes of recording, and 30 are needed to start. \
         All recordings are safe. Delete what is not needed on this computer."
    )]
    NoSpace { minutes: u64 },
    #[error("Nothing is being recorded.")]
    NotRecording,
    #[error("This recording is still under way. Stop it first.")]
    StillRecording,
    #[error("The file could not be written: {0}. The recording is safe on this computer.")]
    File(std::io::Error),
    #[error(
        "This recording was not imported from a file, or its audio is no longer on this computer."
    )]
    NoOriginal,
    #[error("The part to be said again is not in that recording. Listen to it and choose again.")]
    NoSuchStretch,
    #[error("The window is locked. Open it with your PIN first; a recording under way goes on.")]
    Locked,
    #[error("This PIN is not the right one.")]
    WrongPin,
    #[error("Too many wrong PINs. Try again in {minutes} min, or sign in with your password.")]
    PinLater { minutes: i64 },
    #[error("There is no PIN here. Sign in with your password, then choose one.")]
    NoPin,
    #[error("A PIN needs at least {0} characters. Choose a longer one.")]
    PinTooShort(usize),
    #[error("The PIN could not be kept. The old one still holds.")]
    PinNotKept,
    #[error("There is no recording {0} on this computer.")]
    UnknownRecording(medrecord_common::ids::RecordingId),
    #[error(transparent)]
    Capture(#[from] CaptureError),
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Sync(#[from] SyncError),
}

impl RecorderError {
    /// A stable word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InUse => "in_use",
            Self::NoDataFolder | Self::Folder(_) => "data_folder",
            Self::NoSideOutbox(error) => error.code(),
            Self::Side(_) => "side_outbox",
            Self::Updating => "updating",
            Self::NotUpdated(_) => "not_updated",
            Self::AlreadyRecording => "already_recording",
            Self::NoSpace { .. } => "no_space",
            Self::NotRecording => "not_recording",
            Self::File(_) => "file_not_written",
            Self::NoOriginal => "no_original",
            Self::NoSuchStretch => "no_such_stretch",
            Self::StillRecording => "still_recording",
            Self::Locked => "locked",
            Self::WrongPin => "wrong_pin",
            Self::PinLater { .. } => "pin_later",
            Self::NoPin => "no_pin",
            Self::PinTooShort(_) => "pin_too_short",
            Self::PinNotKept => "pin_not_kept",
            Self::UnknownRecording(_) => "unknown_recording",
            Self::Capture(error) => error.code(),
            Self::Outbox(error) => error.code(),
            Self::Bundle(error) => error.code(),
            Self::Vault(error) => error.code(),
            Self::Sync(error) => error.code(),
        }
    }
}

impl From<RecorderError> for CommandError {
    fn from(error: RecorderError) -> Self {
        Self { code: error.code().to_owned(), message: error.to_string() }
    }
}
