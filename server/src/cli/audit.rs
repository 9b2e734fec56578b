//! `audit verify`: whether what the database says is what is stored.

use std::io::Write as _;

use anyhow::bail;
use clap::Subcommand;

use super::serve;
use crate::config::Config;
use crate::integrity;
use crate::objects::Objects;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Read all audio, and hold objects, rows, manifests, receipts and notes against each other.
    Verify,
}

impl Command {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Self::Verify = self;
        let config = Config::from_env()?;
        let pool = serve::connect(&config.database_url).await?;
        let objects = Objects::open(&config)?;
        let found = integrity::verify(&pool, &objects, &config.receipt_key).await?;
        let mut stdout = std::io::stdout().lock();
        for finding in &found.findings {
            writeln!(stdout, "{finding}")?;
        }
        let integrity::Verification { recordings, segments, receipts, findings } = found;
        if !findings.is_empty() {
            bail!(
                "{} findings in {recordings} recordings. Nothing was changed. A workstation that still has the audio \
                 sends it again after a restore of a backup that lacks it (docs/sync.md).",
                findings.len()
            );
        }
        writeln!(
            stdout,
            "{recordings} recordings, {segments} segments and {receipts} receipts: all is as it was received."
        )?;
        Ok(())
    }
}
