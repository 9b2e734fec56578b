//! `soak sync`: real recorders, a line that is bad in every way, and the server killed again and again.
//!
//! The soak itself is server/benches/soak_sync, which may use server and recorder.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::{postgres, run};

#[derive(Args)]
pub(crate) struct Options {
    /// Segments to deliver.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub(crate) deliveries: u64,
    /// No recording begins after so many minutes; what waits then is still sent.
    #[arg(long, value_name = "M", default_value_t = 55.0)]
    pub(crate) minutes: f64,
    /// To choose the same faults again.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// Write the figures as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Milliseconds between faults on the server's side, on average.
    #[arg(long, value_name = "MS", default_value_t = 4_000)]
    pub(crate) pace: u64,
}

/// Builds the soak and runs it, with its own output.
pub(crate) fn shown(options: &Options) -> Result<()> {
    run::shown(&mut command(options, &["-p", "medrecord-server"])?)
}

/// In the dev profile, whose hot packages are optimised, and with the choice of packages that others build with:
/// nothing is built twice.
pub(crate) fn command(options: &Options, packages: &[&str]) -> Result<Command> {
    let mut cargo = run::cargo(&["bench", "--quiet", "--profile", "dev"]);
    cargo.args(packages);
    let seconds = (options.minutes * 60.0) as u64;
    cargo.args(["--bench", "soak_sync", "--"]);
    cargo.args(["--deliveries", &options.deliveries.to_string()]);
    cargo.args(["--seconds", &seconds.to_string(), "--pace", &options.pace.to_string()]);
    if let Some(seed) = options.seed {
        cargo.args(["--seed", &seed.to_string()]);
    }
    if let Some(json) = &options.json {
        cargo.arg("--json").arg(std::path::absolute(json)?);
    }
    cargo.env("POSTGRES_PROGRAMS", postgres::programs()?);
    Ok(cargo)
}
