//! `test`: everything that must be green, from a fresh clone on a fresh machine.
//!
//! Everything in the dev profile, one target folder, one choice of packages, and clippy as the compiler: nothing is
//! built twice.

mod infrastructure;
mod kubernetes;
mod runbooks;
mod samples;

use std::process::Command;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::postgres::{Cluster, Durability};
use crate::step::Steps;
use crate::{build, lint, paths, run, setup, soak, sqlx, types};

/// More than three minutes have room for, on most machines.
const SOAK_KILLS: usize = 200;

#[derive(Args)]
pub(crate) struct Options {
    /// Only this part, with the programs as they were built last.
    #[arg(value_enum)]
    only: Option<Part>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// What reads nginx, Compose, Kubernetes, the images, the workflows and the runbooks.
    Infrastructure,
}

/// Runs all steps, past those that fail, as far as they go without them.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut steps = Steps::default();
    let result = match options.only {
        Some(Part::Infrastructure) => only_infrastructure(&mut steps),
        None => all(&mut steps),
    };
    steps.report();
    result?;
    steps.result()
}

fn only_infrastructure(steps: &mut Steps) -> Result<()> {
    steps.run("setup", setup::for_infrastructure)?;
    infrastructure::run(steps);
    kubernetes::run(steps);
    runbooks::run(steps);
    Ok(())
}

fn all(steps: &mut Steps) -> Result<()> {
    steps.run("setup", || setup::run(setup::Scope::Everything))?;
    steps.run("build the pages", build::pages)?;
    lint::formatting(steps);
    let web = paths::root().join("web");
    steps.check("vitest", || {
        run::quiet(run::command("npm").arg("test").current_dir(&web)).map(drop)
    });
    let cluster = steps.run("start PostgreSQL", || {
        Cluster::start(&paths::target().join("xtask/postgres"), Durability::Thrown)
    })?;
    lint::others(steps);
    infrastructure::run(steps);
    kubernetes::run(steps);
    build_and_lint(steps, &cluster)?;
    runbooks::run(steps);
    // Gigabytes that the build has written, and that the disk has not: commits of the tests would wait for them for
    // seconds, and the tests hold recorders against the clock.
    steps.check("the build is on disk", || run::quiet(&mut run::command("sync")).map(drop));
    let types = types::fresh_folder()?;
    steps.check("tests of the workspace", || {
        let mut cargo = run::cargo(&["test", "--workspace", "--no-fail-fast"]);
        lint::with_clippy(&mut cargo).env(types::FOLDER, &types);
        let output = run::quiet(environment(&mut cargo, &cluster)?)?;
        println!("  {} tests", passed(&output));
        Ok(())
    });
    steps.check("wire types are up to date", || types::compare(&types));
    // What `cargo xtask soak recorder` does for an hour; a second's loss is a question of the disk, and shown.
    steps.check("soak: recorders killed for three minutes", || {
        soak::recorder(&soak::Options {
            kills: SOAK_KILLS,
            recorders: 8,
            minutes: 3,
            seed: None,
            json: None,
            show_loss_only: true,
        })
    });
    steps.check("soak: a bad line, a server killed and its power cut for three minutes", || {
        let mut cargo = run::cargo(&["build", "--workspace", "--all-targets"]);
        let built = environment(lint::with_clippy(&mut cargo), &cluster)?;
        soak::sync::run_built(&soak::sync::Options::for_minutes(3.0), built)
    });
    samples::run(steps)
}

/// One pass over the code for all three: clippy compiles every query, and the database answers about each.
fn build_and_lint(steps: &mut Steps, cluster: &Cluster) -> Result<()> {
    let fresh = sqlx::fresh_folder()?;
    steps.run("build with clippy's lints, every query checked by PostgreSQL", || {
        // `cargo test --no-run` would leave out programs whose package has no tests of its own.
        let mut cargo = run::cargo(&["build", "--workspace", "--all-targets"]);
        run::quiet(sqlx::online(cluster, lint::with_clippy(&mut cargo), &fresh)?).map(drop)
    })?;
    steps.check("server/.sqlx is up to date", || sqlx::compare(&fresh));
    Ok(())
}

/// Where the tests find database, model, recordings and S3.
fn environment<'a>(cargo: &'a mut Command, cluster: &Cluster) -> Result<&'a mut Command> {
    Ok(cargo
        .env("DATABASE_URL", cluster.url("postgres"))
        .env("SPEECH_MODEL_DIR", paths::speech_model()?)
        .env("MEDRECORD_SPEECH", setup::speech_recordings()?)
        .env("MOTO_SERVER", setup::MOTO.program()?))
}

/// How many tests the runners counted.
fn passed(output: &str) -> u32 {
    let lines = output.lines().filter_map(|line| line.strip_prefix("test result: ok. "));
    lines.filter_map(|rest| rest.split(' ').next()?.parse::<u32>().ok()).sum()
}
