//! `recovery-key`: which one this computer trusts, trusting another, and a keyring that lost its key.

use std::path::PathBuf;

use clap::Subcommand;
use medrecord_recorder::recorder::Recorder;
use medrecord_recorder::vault::RecoveryIdentity;

use super::{require_main, say};

#[derive(Debug, Subcommand)]
pub(super) enum RecoveryKeyCommand {
    /// Print the recovery key that this computer trusts, and one that the server named since.
    Show,
    /// Trust a recovery key: the first one, or what the server named instead of the earlier one.
    Accept {
        /// As your administrator gave it to you: age1….
        key: String,
    },
    /// Put the key of the recordings back into a keyring that lost it.
    Restore {
        /// The private half, as `medrecord-server recovery-key new` wrote it.
        file: PathBuf,
    },
}

impl RecoveryKeyCommand {
    pub(super) fn run(&self, recorder: &Recorder) -> anyhow::Result<()> {
        match self {
            Self::Show => require_main(recorder)?,
            Self::Accept { key } => {
                require_main(recorder)?;
                recorder.accept_recovery_key(key)?;
            }
            Self::Restore { file } => recorder.restore_key(&RecoveryIdentity::read(file)?)?,
        }
        let keys = recorder.outbox().recovery_keys()?;
        say(format_args!("trusted\t{}", keys.pinned.as_deref().unwrap_or("none")))?;
        if let Some(offered) = keys.offered {
            say(format_args!("named by the server, not trusted\t{offered}"))?;
        }
        Ok(())
    }
}
