//! What is built before anything runs: the pages, then the programs.

use std::fs;

use anyhow::Result;

use crate::{digest, paths, run};

/// Builds the pages of both windows unless nothing changed since.
pub(crate) fn pages() -> Result<()> {
    let web = paths::root().join("web");
    let stamp = web.join("node_modules/.built");
    let sources = digest::of_folder(&web, &["node_modules", "dist", "dist-fake"])?;
    let built = ["desktop/dist", "desktop/dist-fake", "review/dist"]
        .iter()
        .all(|pages| web.join(pages).join("index.html").is_file());
    if built && fs::read_to_string(&stamp).is_ok_and(|last| last == sources) {
        return Ok(());
    }
    run::quiet(run::command("npm").args(["run", "build"]).current_dir(&web))?;
    fs::write(stamp, sources)?;
    Ok(())
}

/// Builds the server and the recorder, with cargo's own progress; with the window when asked for.
pub(crate) fn programs(window: bool) -> Result<()> {
    let mut cargo =
        run::cargo(&["build", "-p", "medrecord-server", "-p", "medrecord-recorder", "--bins"]);
    if window {
        cargo.args(["-p", "medrecord-desktop"]);
    }
    run::shown(&mut cargo)
}
