//! `recovery-key`: which one this computer trusts, and trusting another.

use clap::Subcommand;
use medrecord_recorder::recorder::Recorder;

use super::say;

#[derive(Debug, Subcommand)]
pub(super) enum RecoveryKeyCommand {
    /// Print the recovery key that this computer trusts, and one that the server named since.
    Show,
    /// Trust a recovery key: the first one, or what the server named instead of the earlier one.
    Accept {
        /// As your administrator gave it to you: age1….
        key: String,
    },
}

impl RecoveryKeyCommand {
    pub(super) fn run(&self, recorder: &Recorder) -> anyhow::Result<()> {
        if let Self::Accept { key } = self {
            recorder.accept_recovery_key(key)?;
        }
        let keys = recorder.outbox().recovery_keys()?;
        say(format_args!("trusted\t{}", keys.pinned.as_deref().unwrap_or("none")))?;
        if let Some(offered) = keys.offered {
            say(format_args!("named by the server, not trusted\t{offered}"))?;
        }
        Ok(())
    }
}
