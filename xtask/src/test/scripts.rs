//! The tests of the server's scripts that need neither containers nor root.

use anyhow::Result;

use crate::step::Steps;
use crate::{paths, run, setup};

const TESTS: [&str; 4] = ["deploy_steps", "folders", "health-check", "settings"];

pub(super) fn run(steps: &mut Steps) {
    for test in TESTS {
        let script = format!("ops/tests/{test}.sh");
        steps.check(&script, || test_of(&script));
    }
}

/// Compose as it is installed for the other checks, for there may be no Docker.
fn test_of(script: &str) -> Result<()> {
    let compose = setup::COMPOSE.path()?;
    let script = paths::root().join(script);
    run::quiet(run::command(script).env("COMPOSE", compose)).map(drop)
}
