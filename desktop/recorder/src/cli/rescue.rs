//! `rescue`: every recording of a copied data folder, with the recovery key; a line for each.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use medrecord_common::audio::samples_to_ms;
use medrecord_recorder::rescue::{Rescued, rescue};
use medrecord_recorder::vault::RecoveryIdentity;

use super::say;

#[derive(Debug, Args)]
pub(super) struct Rescue {
    /// The private half, as `medrecord-server recovery-key new` wrote it.
    #[arg(long, value_name = "FILE")]
    recovery_key: PathBuf,
    /// A copy of the data folder, or one database in it. It is only read.
    #[arg(long, value_name = "FOLDER|FILE.db")]
    from: PathBuf,
    /// A new folder. What is written there is not encrypted.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Rescue {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let recovery = RecoveryIdentity::read(&self.recovery_key)?;
        let (mut whole, mut incomplete) = (0_u32, 0_u32);
        let mut told = Ok(());
        rescue(&self.from, &recovery, &self.out, |rescued| {
            if rescued.is_complete() {
                whole += 1;
            } else {
                incomplete += 1;
            }
            told = std::mem::replace(&mut told, Ok(())).and_then(|()| say(line(rescued)));
        })?;
        told?;
        eprintln!("{} holds patients' recordings that are not encrypted.", self.out.display());
        if incomplete > 0 {
            bail!("{whole} came out whole, {incomplete} did not. The source is as it was.");
        }
        Ok(())
    }
}

fn line(rescued: &Rescued) -> String {
    let seconds = |samples: u64| {
        let ms = samples_to_ms(samples);
        format!("{}.{} s", ms / 1_000, ms % 1_000 / 100)
    };
    match rescued {
        Rescued::Whole { id, samples, unfinished } => {
            let unfinished = if *unfinished { "  nobody had stopped it" } else { "" };
            format!("{id}  whole  {}{unfinished}", seconds(*samples))
        }
        Rescued::Damaged { id, samples } => {
            format!("{id}  damaged  {}  what is missing stands in its JSON file", seconds(*samples))
        }
        Rescued::Released { id } => format!("{id}  on the server  its audio is no longer here"),
        Rescued::Failed { id, reason } => format!("{id}  not written  {reason}"),
        Rescued::Unopened { file } => {
            format!("{file}  not opened  no sealed key fits, or it is damaged")
        }
        Rescued::Incomplete { file } => format!("{file}  damaged  there may have been more in it"),
    }
}
