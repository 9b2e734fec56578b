//! The `docker` command, for scripts that call it: taken out of Debian's package, without its daemon.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::step::step;
use crate::{paths, run};

/// Its folder, for PATH.
pub(crate) fn folder() -> Result<PathBuf> {
    Ok(paths::cache()?.join("docker-cli"))
}

/// Installs it unless it is there.
pub(crate) fn install() -> Result<()> {
    let folder = folder()?;
    if folder.join("docker").is_file() {
        return Ok(());
    }
    step("the docker command", || {
        let work = paths::target().join("xtask/docker-cli");
        let _ = fs::remove_dir_all(&work);
        fs::create_dir_all(&work)?;
        run::quiet(run::command("apt-get").args(["download", "docker.io"]).current_dir(&work))?;
        let package = fs::read_dir(&work)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| path.extension().is_some_and(|end| end == "deb"))
            .context("apt brought no package docker.io")?;
        run::quiet(run::command("dpkg-deb").arg("-x").arg(package).arg(work.join("x")))?;
        fs::create_dir_all(&folder)?;
        fs::copy(work.join("x/usr/bin/docker"), folder.join("docker"))?;
        Ok(fs::remove_dir_all(&work)?)
    })
}
