//! Where things are: the checkout, and the folders outside it that survive a `cargo clean`.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The root of the checkout.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("invariant: xtask/ lies in the checkout")
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A program of this workspace, as the dev profile builds it.
pub(crate) fn program(name: &str) -> PathBuf {
    built(Profile::Dev, name)
}

/// How a program is built.
#[derive(Clone, Copy)]
pub(crate) enum Profile {
    Dev,
    Release,
}

impl Profile {
    /// For cargo.
    pub(crate) const fn argument(self) -> Option<&'static str> {
        match self {
            Self::Dev => None,
            Self::Release => Some("--release"),
        }
    }
}

/// A program of this workspace, or `examples/NAME`.
pub(crate) fn built(profile: Profile, name: &str) -> PathBuf {
    let folder = match profile {
        Profile::Dev => "debug",
        Profile::Release => "release",
    };
    target().join(folder).join(name)
}

/// Downloads that are checked and kept: the speech model, recordings of people, cargo-deny.
pub(crate) fn cache() -> Result<PathBuf> {
    Ok(base("XDG_CACHE_HOME", ".cache")?.join("medrecord"))
}

/// The demo's folder unless `--data` names another.
pub(crate) fn demo() -> Result<PathBuf> {
    Ok(base("XDG_DATA_HOME", ".local/share")?.join("medrecord-demo"))
}

/// The model that the built-in speech engine loads by default.
pub(crate) fn speech_model() -> Result<PathBuf> {
    Ok(cache()?.join("models/whisper-tiny.en"))
}

fn base(variable: &str, below_home: &str) -> Result<PathBuf> {
    if let Some(dir) = env::var_os(variable).filter(|dir| Path::new(dir).is_absolute()) {
        return Ok(PathBuf::from(dir));
    }
    let home = env::var_os("HOME").context("HOME is not set: nowhere to keep downloads")?;
    Ok(PathBuf::from(home).join(below_home))
}
