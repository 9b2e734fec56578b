//! The command line.

mod audit;
mod jobs;
mod keys;
mod logging;
mod objects;
mod probe;
mod recovery_key;
mod serve;
mod user;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::config::Config;

/// MedRecord AI's server. It is configured by environment variables; `.env.example` names them.
#[derive(Parser)]
#[command(name = "medrecord-server", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API and the review pages, and run jobs unless JOB_WORKERS=0.
    Serve,
    /// Run jobs only.
    Worker,
    /// Bring the database's schema up to date.
    Migrate,
    /// Check the configuration and name all that is wrong with it.
    CheckConfig,
    /// Ask the server or the worker on this machine whether it is healthy.
    Health,
    /// Send a recording through FRONTEND_URL as a workstation would, and wait for its note.
    Probe {
        /// Connect here (HOST:PORT) instead of where the name of FRONTEND_URL leads; the certificate must fit all the same.
        #[arg(long, value_name = "HOST:PORT")]
        connect: Option<String>,
        /// How many seconds the note may take.
        #[arg(long, value_name = "SECONDS", default_value = "180")]
        patience: u64,
    },
    /// Print the API's OpenAPI document.
    Openapi,
    /// People who sign in.
    #[command(subcommand)]
    User(user::Command),
    /// What is stored.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Background work.
    #[command(subcommand)]
    Jobs(jobs::Command),
    /// Where audio and keys lie.
    #[command(subcommand)]
    Objects(objects::Command),
    /// Secrets.
    #[command(subcommand)]
    Keys(keys::Command),
    /// The key that opens workstations' recordings when their keyrings are lost.
    #[command(subcommand)]
    RecoveryKey(RecoveryKey),
}

#[derive(Subcommand)]
enum RecoveryKey {
    /// Make it, away from the server: the private half into a new file, the public half printed.
    New { file: PathBuf },
}

impl Cli {
    /// Does what the command line says.
    ///
    /// # Errors
    /// In words for the person at the terminal.
    #[expect(clippy::print_stdout, reason = "the answer of a command goes to the terminal")]
    pub async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Serve => serve::serve(Config::from_env()?).await,
            Command::Worker => serve::work(Config::from_env()?).await,
            Command::Migrate => serve::migrate().await,
            Command::CheckConfig => {
                Config::from_env()?;
                println!("The configuration is complete.");
                Ok(())
            }
            Command::Health => serve::health().await,
            Command::Probe { connect, patience } => {
                probe::probe(connect.as_deref(), Duration::from_secs(patience)).await
            }
            Command::Openapi => {
                println!("{}", crate::openapi().to_pretty_json()?);
                Ok(())
            }
            Command::User(command) => command.run().await,
            Command::Audit(command) => command.run().await,
            Command::Jobs(command) => command.run().await,
            Command::Objects(command) => command.run().await,
            Command::Keys(command) => command.run().await,
            Command::RecoveryKey(RecoveryKey::New { file }) => recovery_key::new(&file),
        }
    }
}
