//! The command line, one file a command.

mod bundle;
mod devices;
mod diagnostics;
mod enrol;
mod export;
mod import;
mod lines;
mod list;
mod patient;
mod record;
mod recovery_key;
mod rescue;
mod sync;
mod trash;
mod trust;
mod verify;

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;
use clap::{Parser, Subcommand};
use medrecord_recorder::recorder::{Recorder, RecorderConfig, RecorderError};
use medrecord_recorder::settings;
use medrecord_recorder::vault::{KeyFile, Keyring, SecretStore};

/// Records dictations, keeps them encrypted on this computer, and sends them to the server.
#[derive(Debug, Parser)]
#[command(name = "medrecord-recorder", version)]
pub(crate) struct Cli {
    /// Folder of the recordings [default: the platform's data folder].
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,

    /// Keep the keys in this file instead of the system's keyring. Whoever can read it can open the
    /// recordings.
    #[arg(long, global = true, value_name = "FILE")]
    key_file: Option<PathBuf>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the microphones.
    Devices,
    /// Record until Ctrl-C, or to the end of the file.
    Record(record::Record),
    /// Make a recording of a WAV, FLAC, MP3, M4A, OGG, Opus or WebM file.
    Import(import::Import),
    /// List the recordings.
    List(list::List),
    /// Send what is not on the server, and fetch notes.
    Sync(sync::SyncCommand),
    /// Write a recording to a WAV or FLAC file.
    Export(export::Export),
    /// Put a recording into the trash, for 30 days.
    Discard(trash::Discard),
    /// Take a recording out of the trash.
    Restore(trash::Restore),
    /// List what is in the trash, and when it goes.
    Trash(trash::Trash),
    /// Check the audio against its digests, and the server's receipts against both.
    Verify(verify::Verify),
    /// Write what support needs to know into a text file; it holds nothing about any patient.
    Diagnostics(diagnostics::Diagnostics),
    /// Enrol this computer for a clinician. The password comes from MEDRECORD_PASSWORD or stdin.
    Enrol(enrol::Enrol),
    /// Believe a clinic's own certificate authority about its server, and no other.
    Trust(trust::Trust),
    /// Move the recordings of this computer to another one.
    #[command(subcommand)]
    Bundle(bundle::BundleCommand),
    /// Write out every recording of a copied data folder, with the organisation's recovery key.
    Rescue(rescue::Rescue),
    /// The organisation's recovery key, as this computer knows it.
    #[command(subcommand)]
    RecoveryKey(recovery_key::RecoveryKeyCommand),
}

impl Cli {
    /// The data folder, whose log this process writes; none for what must leave no trace in it.
    pub(crate) fn log_folder(&self) -> Option<PathBuf> {
        match self.command {
            Command::Devices | Command::Rescue(_) => None,
            _ => self.data.clone().or_else(|| settings::data_dir().ok()),
        }
    }

    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Devices => return blocking(devices::run).await,
            Command::Rescue(command) => return blocking(move || command.run()).await,
            _ => {}
        }
        let (data, key_file) = (self.data, self.key_file);
        let recorder = blocking(move || open(data, key_file)).await?;
        if !matches!(self.command, Command::Record(_) | Command::RecoveryKey(_)) {
            require_main(&recorder)?;
        }
        match self.command {
            Command::Devices | Command::Rescue(_) => Ok(()),
            Command::Record(command) => command.run(recorder).await,
            Command::Import(command) => blocking(move || command.run(&recorder)).await,
            Command::List(command) => blocking(move || command.run(&recorder)).await,
            Command::Sync(command) => command.run(recorder).await,
            Command::Export(command) => blocking(move || command.run(&recorder)).await,
            Command::Discard(command) => blocking(move || command.run(&recorder)).await,
            Command::Restore(command) => blocking(move || command.run(&recorder)).await,
            Command::Trash(command) => blocking(move || command.run(&recorder)).await,
            Command::Verify(command) => blocking(move || command.run(&recorder)).await,
            Command::Diagnostics(command) => blocking(move || command.run(&recorder)).await,
            Command::Enrol(command) => command.run(recorder).await,
            Command::Trust(command) => command.run(recorder).await,
            Command::Bundle(command) => blocking(move || command.run(&recorder)).await,
            Command::RecoveryKey(command) => blocking(move || command.run(&recorder)).await,
        }
    }
}

fn open(data: Option<PathBuf>, key_file: Option<PathBuf>) -> anyhow::Result<Recorder> {
    let data_dir = data.map_or_else(settings::data_dir, Ok::<_, RecorderError>)?;
    let in_file = key_file.is_some();
    let secrets: Arc<dyn SecretStore> = match key_file {
        Some(path) => Arc::new(KeyFile::new(path)),
        None => Arc::new(Keyring),
    };
    Ok(Recorder::open(RecorderConfig { data_dir, secrets, key_file: in_file })?)
}

/// All but recording waits for the keyring.
fn require_main(recorder: &Recorder) -> anyhow::Result<()> {
    recorder.side_outbox().map_or(Ok(()), |why| bail!(why))
}

/// Disk, keyring and sound system block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    tokio::task::spawn_blocking(work).await?
}

/// A line of the result, at once: a program may be waiting for it.
fn say(line: impl std::fmt::Display) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
