//! `bench upload`: brings the tus servers that ours is measured beside, then server/benches/upload runs them all.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::step::step;
use crate::{paths, postgres, run};

/// Releases that were measured.
const NPM: [&str; 2] = ["@tus/server@2.4.5", "@tus/file-store@2.1.1"];
/// uvicorn with its faster loop and parser.
const PYPI: [&str; 2] = ["tuspyserver==4.4.3", "uvicorn[standard]==0.54.0"];

/// In the release profile, on the disk of this machine.
pub(super) fn run() -> Result<()> {
    let peers = paths::target().join("xtask/upload-peers");
    install(&peers)?;
    let mut cargo =
        run::cargo(&["bench", "--quiet", "-p", "medrecord-server", "--bench", "upload"]);
    // Without the built-in speech engine: nothing is transcribed here, and it is long to build.
    cargo.arg("--no-default-features").arg("--").arg("--peers").arg(&peers);
    cargo.env("POSTGRES_PROGRAMS", postgres::programs()?);
    // What is to be transcribed is queued and left.
    cargo.env("JOB_WORKERS", "0");
    run::shown(&mut cargo)
}

fn install(folder: &Path) -> Result<()> {
    let (stamp, wanted) = (folder.join("installed"), [NPM, PYPI].concat().join("\n"));
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    step("tus servers from npm and PyPI", || {
        let mut npm = run::command("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--no-save"]).args(NPM);
        run::quiet(npm.current_dir(folder))?;
        let mut venv = run::command("python3");
        run::quiet(venv.args(["-m", "venv", "venv"]).current_dir(folder))?;
        let mut pip = run::command(folder.join("venv/bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(PYPI);
        run::quiet(&mut pip)?;
        fs::write(&stamp, &wanted).with_context(|| format!("write {}", stamp.display()))
    })
}
