//! Every container is restarted and killed in turn while workstations send: nothing is lost, nothing is there twice.

use anyhow::Result;

use super::load::{self, BETWEEN};
use super::recording::Clinician;
use super::stack::{SERVICES, Stack};
use super::wait::pause;
use crate::run;

/// Restarts everything under load and counts.
pub(crate) fn run(stack: &Stack<'_>, clinician: &Clinician) -> Result<()> {
    load::during(stack, clinician, || blows(stack)).map(drop)
}

fn blows(stack: &Stack<'_>) -> Result<()> {
    for service in SERVICES {
        pause(BETWEEN);
        run::quiet(stack.compose().args(["restart", service]))?;
        let container = stack.container(service)?;
        let restarted = container.until_healthy()?;
        pause(BETWEEN);
        container.kill()?;
        let killed = container.until_healthy()?;
        println!(
            "  {service}: healthy {:.1} s after a restart, {:.1} s after a kill",
            restarted.as_secs_f64(),
            killed.as_secs_f64()
        );
    }
    pause(BETWEEN);
    Ok(())
}
