//! `objects`: moves audio and keys to another store.

use std::path::PathBuf;

use clap::Subcommand;

use crate::config::{Config, Store};
use crate::objects;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Copy audio and wrapped keys from folders to the configured stores (AUDIO_URL, KEYS_URL). What is there is left
    /// alone, so run it while the server still serves, and again when it has been stopped.
    Copy {
        #[arg(long, value_name = "DIR")]
        audio_from: PathBuf,
        #[arg(long, value_name = "DIR")]
        keys_from: PathBuf,
    },
}

impl Command {
    #[expect(clippy::print_stdout, reason = "the answer of a command goes to the terminal")]
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Self::Copy { audio_from, keys_from } = self;
        let config = Config::from_env()?;
        let audio = objects::copy(&Store::Folder(audio_from), &config.audio, false).await?;
        println!("Audio: {} copied ({} bytes), {} there.", audio.copied, audio.bytes, audio.there);
        // A key that was deleted must be gone everywhere: its recording was purged.
        let keys = objects::copy(&Store::Folder(keys_from), &config.keys, true).await?;
        println!("Keys: {} copied, {} there.", keys.copied, keys.there);
        Ok(())
    }
}
