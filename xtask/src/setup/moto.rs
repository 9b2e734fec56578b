//! moto: an S3-compatible store in a program of its own, for the tests.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::step::step;
use crate::{paths, run};

const RELEASE: &str = "moto[server]==5.2.5";

/// The server's program.
pub(crate) fn program() -> Result<PathBuf> {
    Ok(folder()?.join("bin/moto_server"))
}

/// Its Python packages, for a Python of the same release in a container.
pub(crate) fn packages() -> Result<PathBuf> {
    let lib = folder()?.join("lib");
    let python = fs::read_dir(&lib)?.next().context("moto is not installed")??;
    Ok(python.path().join("site-packages"))
}

/// Installs it unless it is there, in a Python environment of its own.
pub(super) fn install() -> Result<()> {
    let (folder, stamp) = (folder()?, folder()?.join("installed"));
    if stamp.is_file() {
        return Ok(());
    }
    step("moto", || {
        let _ = fs::remove_dir_all(&folder);
        run::quiet(run::command("python3").args(["-m", "venv"]).arg(&folder))?;
        let mut pip = run::command(folder.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", RELEASE]);
        run::quiet(&mut pip)?;
        Ok(fs::write(&stamp, RELEASE)?)
    })
}

fn folder() -> Result<PathBuf> {
    Ok(paths::cache()?.join("moto-5.2.5"))
}
