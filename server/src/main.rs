//! The server's program: see `medrecord-server --help`.

use std::process::ExitCode;

use clap::Parser as _;
use medrecord_server::cli::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    match Cli::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
