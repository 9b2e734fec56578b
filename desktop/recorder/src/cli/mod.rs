//! The command line: one file a command. Results go to standard output, the log to standard error.

mod devices;
mod enrol;
mod export;
mod import;
mod list;
mod record;
mod sync;

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use medrecord_common::PatientText;
use medrecord_common::ids::PatientId;
use medrecord_common::patient::Patient;
use medrecord_recorder::recorder::{Recorder, RecorderConfig};
use medrecord_recorder::settings;
use medrecord_recorder::vault::{KeyFile, Keyring, SecretStore};
use tracing_subscriber::EnvFilter;

/// Records dictations and brings them to the server, without a window.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Cli {
    /// Folder of the recordings [default: the platform's data folder /medrecord]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Keep the keys in this file instead of the keyring: whoever reads it can read the recordings
    #[arg(long, global = true, value_name = "FILE")]
    key_file: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the microphones
    Devices,
    /// Record from the microphone or, in its place, a WAV file; Ctrl-C stops
    Record(record::Record),
    /// Make a recording of a WAV or FLAC file
    Import(import::Import),
    /// List today's recordings and those that wait
    List(list::List),
    /// Send what waits
    Sync(sync::Sync),
    /// Write a recording as WAV
    Export(export::Export),
    /// Enrol this workstation, or sign in again
    Enrol(enrol::Enrol),
}

/// Who it is about.
#[derive(Args)]
struct PatientArgs {
    /// The patient's name
    #[arg(long, value_name = "NAME")]
    patient: Option<String>,
    /// The patient's medical record number
    #[arg(long)]
    mrn: Option<String>,
}

impl PatientArgs {
    fn patient(self) -> Option<Patient> {
        (self.patient.is_some() || self.mrn.is_some()).then(|| Patient {
            id: PatientId::new(),
            name: self.patient.map(PatientText::from).unwrap_or_default(),
            mrn: self.mrn.map(PatientText::from),
            birth_date: None,
            sex: None,
        })
    }
}

impl Cli {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
        if matches!(self.command, Command::Devices) {
            return devices::run();
        }
        let recorder = open(self.data, self.key_file)?;
        match self.command {
            Command::Devices => unreachable!("handled above, before the outbox is opened"),
            Command::Record(record) => record.run(recorder).await,
            Command::Import(import) => import.run(&recorder),
            Command::List(list) => list.run(&recorder),
            Command::Sync(sync) => sync.run(&recorder).await,
            Command::Export(export) => export.run(&recorder),
            Command::Enrol(enrol) => enrol.run(&recorder).await,
        }
    }
}

fn open(data: Option<PathBuf>, key_file: Option<PathBuf>) -> anyhow::Result<Recorder> {
    let data_dir = data.map_or_else(settings::data_dir, Ok)?;
    let in_file = key_file.is_some();
    let secrets: Arc<dyn SecretStore> = match key_file {
        Some(path) => Arc::new(KeyFile::new(path)),
        None => Arc::new(Keyring),
    };
    Ok(Recorder::open(RecorderConfig { data_dir, secrets, key_file: in_file })?)
}
