//! Why a source gives no sound, in words for people.

use std::path::PathBuf;

/// One sentence or two: what happened, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    #[error("No microphone was found. Connect one and try again.")]
    NoMicrophone,
    #[error("The chosen microphone is not connected. Connect it, or choose another one.")]
    NotConnected,
    #[error("The microphone {name} cannot be used: {reason}.")]
    Unusable { name: String, reason: String },
    #[error("The microphone {name} was disconnected.")]
    Lost { name: String },
    #[error("The microphone {name} stopped delivering sound.")]
    Stalled { name: String },
    #[error("The sound system does not answer. Restart the computer if it stays so.")]
    Unresponsive,
    #[error("The file {path} cannot be read: {reason}.")]
    Unreadable { path: PathBuf, reason: String },
    #[error("The file {path} is empty.")]
    EmptyFile { path: PathBuf },
    #[error(
        "The file {path} is no sound that can be read. Use WAV, FLAC, MP3, M4A, OGG, Opus or WebM."
    )]
    NotSound { path: PathBuf },
    #[error("The file {path} is of a kind that cannot be played: {reason}.")]
    Unsupported { path: PathBuf, reason: String },
    #[error("The file {path} holds no sound.")]
    NoSound { path: PathBuf },
    #[error("The file is over.")]
    Ended,
}

impl SourceError {
    /// A stable word for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoMicrophone => "no_microphone",
            Self::NotConnected => "microphone_not_connected",
            Self::Unusable { .. } => "microphone_unusable",
            Self::Lost { .. } | Self::Stalled { .. } => "microphone_lost",
            Self::Unresponsive => "sound_system_unresponsive",
            Self::Unreadable { .. } => "file_unreadable",
            Self::EmptyFile { .. } | Self::NoSound { .. } => "file_empty",
            Self::NotSound { .. } => "file_not_sound",
            Self::Unsupported { .. } => "file_unsupported",
            Self::Ended => "file_over",
        }
    }
}
