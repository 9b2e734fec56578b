//! Everything a person runs: `cargo xtask setup | demo | test | lint | types | sqlx | bench | soak |
//! compose-test | screenshots`.
//!
//! Errors are one plain sentence; a step that fails shows the output of what failed.

mod bench;
mod build;
mod compose;
mod demo;
mod digest;
mod lint;
mod named_tests;
mod paths;
mod postgres;
mod run;
mod screenshots;
mod service;
mod setup;
mod sizes;
mod soak;
mod sqlx;
mod step;
mod test;
mod types;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Everything a person runs in this project")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Find what is missing on this machine and install it. Twice is harmless.
    Setup,
    /// From speech to a note: the shipped sample taken through the whole system.
    Demo(demo::Options),
    /// Everything that must be green. CI runs exactly this.
    Test(test::Options),
    /// Formatting, clippy, TypeScript, dependencies, file sizes.
    Lint,
    /// Write the TypeScript types of the wire contract.
    Types {
        /// Compare with what is checked in, change nothing.
        #[arg(long)]
        check: bool,
    },
    /// Renew server/.sqlx from a real database.
    Sqlx,
    /// Measure: word errors, the time from Stop to transcript, what recording takes of the computer.
    Bench {
        #[command(subcommand)]
        which: Option<bench::Which>,
    },
    /// Use it hard for an hour: kill it again and again, and print what was lost.
    Soak {
        #[command(subcommand)]
        which: soak::Which,
    },
    /// Run the production stack in containers: from nothing to a note, its limits, its hardening, restarts under load.
    ComposeTest(compose::Options),
    /// Take the pictures of the two windows that the README shows.
    Screenshots,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Setup => setup::run(setup::Scope::Everything),
        Command::Demo(options) => demo::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Lint => lint::run(),
        Command::Types { check } => types::run(check),
        Command::Sqlx => sqlx::run(),
        Command::Bench { which } => bench::run(which),
        Command::Soak { which } => soak::run(&which),
        Command::ComposeTest(options) => compose::run(&options),
        Command::Screenshots => screenshots::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
