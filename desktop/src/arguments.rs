//! The command line; the same two options as `medrecord-recorder`.

use std::path::PathBuf;

use clap::Parser;
use medrecord_recorder::recorder::RecorderError;
use medrecord_recorder::settings;

/// MedRecord AI: records what a clinician says, and keeps it until the server has it.
#[derive(Debug, Clone, Parser)]
#[command(name = "medrecord-desktop", version)]
pub struct Arguments {
    /// Folder of the outbox and the settings [default: the platform's data folder].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// Keep the key of the recordings in this file instead of the system's keyring.
    /// Whoever can read the file can read the recordings.
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
}

impl Arguments {
    /// The folder of the outbox, the log and the settings.
    pub(crate) fn data_dir(&self) -> Result<PathBuf, RecorderError> {
        self.data.clone().map_or_else(settings::data_dir, Ok)
    }
}
