//! `jobs`: what is done in the background.

use std::sync::Arc;

use anyhow::bail;
use clap::Subcommand;

use super::serve;
use crate::config::Config;
use crate::recordings;
use crate::speech::Elsewhere;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Try all jobs again that were given up, once what stopped them is put right. May be repeated.
    Retry,
}

impl Command {
    #[expect(clippy::print_stdout, reason = "the answer of a command goes to the terminal")]
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Self::Retry = self;
        // The workers do them: they look at the queue each second.
        let config = Config::from_env()?;
        let pool = serve::connect(&config.database_url).await?;
        let app = serve::start(config, pool, Arc::new(Elsewhere)).await?;
        let (jobs, failed) = recordings::retry_all(&app).await?;
        println!("Jobs that are tried again: {jobs}");
        if failed > 0 {
            bail!("{failed} recordings could not be tried again; why stands above. Repeat this.");
        }
        Ok(())
    }
}
