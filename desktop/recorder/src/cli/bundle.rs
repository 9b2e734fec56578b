//! `bundle`: the recordings of this computer into an encrypted file, and in again on another.

use std::io::BufRead as _;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::{Args, Subcommand};
use medrecord_recorder::bundle::Unseal;
use medrecord_recorder::recorder::Recorder;
use medrecord_recorder::vault::RecoveryIdentity;
use secrecy::SecretString;

use super::say;

#[derive(Debug, Subcommand)]
pub(super) enum BundleCommand {
    /// Write all recordings into a new file. Credentials are not in it.
    Out(Out),
    /// Add the recordings of a bundle that are not here. Their clinicians sign in here as ever.
    In(In),
}

#[derive(Debug, Args)]
pub(super) struct Out {
    file: PathBuf,
    /// Seal it with a passphrase, a line on standard input.
    #[arg(long, conflicts_with = "recovery_key", required_unless_present = "recovery_key")]
    passphrase_from_stdin: bool,
    /// Seal it to the recovery key that this computer trusts.
    #[arg(long)]
    recovery_key: bool,
}

#[derive(Debug, Args)]
pub(super) struct In {
    file: PathBuf,
    /// Open it with a passphrase, a line on standard input.
    #[arg(long, conflicts_with = "recovery_key", required_unless_present = "recovery_key")]
    passphrase_from_stdin: bool,
    /// Open it with the private half of the recovery key.
    #[arg(long, value_name = "FILE")]
    recovery_key: Option<PathBuf>,
}

impl BundleCommand {
    pub(super) fn run(&self, recorder: &Recorder) -> anyhow::Result<()> {
        match self {
            Self::Out(out) => {
                let passphrase = out.passphrase_from_stdin.then(passphrase).transpose()?;
                let recordings = recorder.bundle_out(&out.file, passphrase)?;
                Ok(say(format_args!("{recordings} recordings"))?)
            }
            Self::In(bundle) => {
                let unseal = match &bundle.recovery_key {
                    Some(file) => Unseal::Recovery(RecoveryIdentity::read(file)?),
                    None => Unseal::Passphrase(passphrase()?),
                };
                let added = recorder.bundle_in(&bundle.file, &unseal)?;
                added.iter().try_for_each(say)?;
                Ok(say(format_args!("{} recordings added", added.len()))?)
            }
        }
    }
}

fn passphrase() -> anyhow::Result<SecretString> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("The passphrase cannot be read.")?;
    let passphrase = line.trim_end_matches(['\r', '\n']);
    ensure!(!passphrase.is_empty(), "Give the passphrase on standard input.");
    Ok(passphrase.into())
}
