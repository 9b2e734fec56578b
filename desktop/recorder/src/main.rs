//! `medrecord-recorder`: the recorder without a window. Results on stdout, the log on stderr.

mod cli;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use medrecord_recorder::logging;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    logging::start(cli.log_folder().as_deref(), "warn");
    match cli.run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // `eprintln!` would panic when nobody reads it any more.
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}
