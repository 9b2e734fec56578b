//! The pictures in the README: taken by the test that drives both real windows.

use anyhow::Result;

use crate::postgres::{Cluster, Durability};
use crate::step::step;
use crate::{build, paths, run, setup};

/// Drives the windows as the test does, and keeps the pictures.
pub(crate) fn run() -> Result<()> {
    setup::run(setup::Scope::Everything)?;
    step("build the pages", build::pages)?;
    let cluster = Cluster::start(&paths::target().join("xtask/postgres"), Durability::Thrown)?;
    let pictures = paths::root().join("docs/images");
    std::fs::create_dir_all(&pictures)?;
    step("build the programs", || build::programs(true))?;
    let mut cargo = run::cargo(&["test", "-p", "medrecord-desktop", "--test", "window"]);
    cargo
        .env("DATABASE_URL", cluster.url("postgres"))
        .env("SPEECH_MODEL_DIR", paths::speech_model()?)
        .env("MEDRECORD_SCREENSHOTS", &pictures);
    run::shown(&mut cargo)
}
