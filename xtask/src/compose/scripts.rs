//! What is tested by shell, as it is run by shell: `ops/tests/backup.sh` (backup under load, everything destroyed,
//! restored, a drill, a point in time, damage), `ops/tests/certificates.sh`, `ops/tests/deploy.sh` (from a bare host to a healthy one, an upgrade under
//! load, bad releases that roll back), `ops/tests/runbooks.sh` (the commands of docs/operations). Each makes machines of
//! its own, with this engine and the images of this run.

use anyhow::{Context, Result};

use super::engine::Engine;
use super::stack::RELEASE;
use crate::{paths, run};

pub(crate) fn backup(engine: &Engine) -> Result<()> {
    shown(engine, "ops/tests/backup.sh")
}

/// Needs root, for what it makes is nginx'.
pub(crate) fn certificates(engine: &Engine) -> Result<()> {
    shown(engine, "ops/tests/certificates.sh")
}

pub(crate) fn deploy(engine: &Engine) -> Result<()> {
    shown(engine, "ops/tests/deploy.sh")
}

pub(crate) fn runbooks(engine: &Engine) -> Result<()> {
    shown(engine, "ops/tests/runbooks.sh")
}

fn shown(engine: &Engine, script: &str) -> Result<()> {
    let recorder = paths::program("medrecord-recorder");
    let programs = recorder.parent().context("the programs lie in a folder")?;
    run::shown(engine.command(script).env("RELEASE", RELEASE).env("PROGRAMS", programs))
}
