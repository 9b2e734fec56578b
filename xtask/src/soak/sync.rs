//! `soak sync`: real recorders, a line that is bad in every way, the server killed again and again, its power cut.
//!
//! The soak itself is server/benches/soak_sync, which may use server and recorder.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::Value;

use crate::{postgres, run};

const NAME: &str = "soak_sync";

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

impl Options {
    /// As much as there is time for.
    pub(crate) fn for_minutes(minutes: f64) -> Self {
        Self { deliveries: 100_000, minutes, seed: None, json: None, pace: 4_000 }
    }
}

/// Builds the soak and runs it, with its own output.
pub(crate) fn shown(options: &Options) -> Result<()> {
    // In the dev profile, whose hot packages are optimised.
    let mut cargo = run::cargo(&["bench", "--quiet", "--profile", "dev", "-p", "medrecord-server"]);
    cargo.args(["--bench", NAME, "--"]);
    run::shown(asked(options, &mut cargo)?)
}

/// Runs the soak that `build`, a cargo command whose targets are built, has made.
pub(crate) fn run_built(options: &Options, build: &mut Command) -> Result<()> {
    let messages = run::quiet(build.arg("--message-format=json"))?;
    let program = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == NAME)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .context("cargo names no soak_sync among what it built")?;
    run::shown(asked(options, &mut Command::new(program))?)
}

fn asked<'a>(options: &Options, command: &'a mut Command) -> Result<&'a mut Command> {
    let seconds = (options.minutes * 60.0) as u64;
    command.args(["--deliveries", &options.deliveries.to_string()]);
    command.args(["--seconds", &seconds.to_string(), "--pace", &options.pace.to_string()]);
    if let Some(seed) = options.seed {
        command.args(["--seed", &seed.to_string()]);
    }
    if let Some(json) = &options.json {
        command.arg("--json").arg(std::path::absolute(json)?);
    }
    Ok(command.env("POSTGRES_PROGRAMS", postgres::programs()?))
}
