//! Backup under load, everything destroyed, restored, a drill, a point in time, damage: `ops/tests/backup.sh`, with this
//! engine and the images of this run. It makes machines of its own.

use anyhow::{Context, Result};

use super::engine::Engine;
use super::stack::RELEASE;
use crate::{paths, run};

/// Runs it, and shows what it says.
pub(crate) fn run(engine: &Engine) -> Result<()> {
    let recorder = paths::program("medrecord-recorder");
    let programs = recorder.parent().context("the programs lie in a folder")?;
    let mut test = engine.command("ops/tests/backup.sh");
    run::shown(test.env("RELEASE", RELEASE).env("PROGRAMS", programs))
}
