//! Node and the packages of the npm workspace.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::step::step;
use crate::{digest, paths, run};

/// The oldest release that Vite and vitest run on.
const OLDEST: (u32, u32) = (20, 19);

/// Runs `npm ci` when the lock file is not the one that was installed.
pub(crate) fn install() -> Result<()> {
    check_version()?;
    let web = paths::root().join("web");
    let stamp = web.join("node_modules/.installed");
    let lock = digest::of_file(&web.join("package-lock.json"))?;
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    step("npm ci", || {
        run::quiet(run::command("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&web))?;
        fs::write(&stamp, &lock).with_context(|| format!("write {}", stamp.display()))
    })
}

fn check_version() -> Result<()> {
    let wanted = format!("Node {}.{} or newer is needed (https://nodejs.org)", OLDEST.0, OLDEST.1);
    if !run::exists("node") || !run::exists("npm") {
        bail!("Node and npm are not installed: {wanted}");
    }
    let version = run::stdout(run::command("node").arg("--version"))?;
    let mut numbers =
        version.trim_start_matches('v').split('.').map(|part| part.parse().unwrap_or(0));
    let found: (u32, u32) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < OLDEST {
        bail!("Node {version} is too old: {wanted}");
    }
    Ok(())
}
