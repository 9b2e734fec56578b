//! Pictures of everything a person sees, taken by the tests that drive the real windows; some are in the README.

use std::fs;

use anyhow::{Context, Result};

use crate::postgres::{Cluster, Durability};
use crate::step::step;
use crate::{build, paths, run, setup};

/// Those that `docs/images` keeps.
const KEPT: [&str; 5] = [
    "window-idle.png",
    "window-recording.png",
    "window-note.png",
    "review-worklist.png",
    "review-note.png",
];

/// Drives the windows as the tests do; all pictures go to `target/screenshots`, the README's from there to their place.
pub(crate) fn run() -> Result<()> {
    setup::run(setup::Scope::Everything)?;
    step("build the pages", build::pages)?;
    let cluster = Cluster::start(&paths::target().join("xtask/postgres"), Durability::Thrown)?;
    let pictures = paths::target().join("screenshots");
    step("build the programs", || build::programs(true))?;
    let mut cargo = run::cargo(&["test", "-p", "medrecord-desktop", "--test", "window"]);
    cargo
        .env("DATABASE_URL", cluster.url("postgres"))
        .env("SPEECH_MODEL_DIR", paths::speech_model()?)
        .env("MEDRECORD_SCREENSHOTS", &pictures);
    run::shown(&mut cargo)?;
    for name in KEPT {
        let kept = paths::root().join("docs/images").join(name);
        fs::copy(pictures.join(name), kept).with_context(|| format!("no picture {name}"))?;
    }
    println!("All pictures are in {}.", pictures.display());
    Ok(())
}
