//! TypeScript types of the wire contract, written from the Rust types and checked in.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::step::step;
use crate::{paths, run};

const CHECKED_IN: &str = "web/core/src/generated/wire.ts";

/// The variable that tells the tests of `common` where to write them.
pub(crate) const FOLDER: &str = "TS_RS_EXPORT_DIR";

/// Writes the types, or with `check` compares them with what is checked in.
pub(crate) fn run(check: bool) -> Result<()> {
    if check {
        return step("wire types are up to date", || {
            let fresh = fresh_folder()?;
            export(&fresh)?;
            compare(&fresh)
        });
    }
    step("write the wire types", || {
        let file = paths::root().join(CHECKED_IN);
        // ts-rs merges into a file that is there: types that were removed would stay.
        let _ = fs::remove_file(&file);
        export(file.parent().expect("invariant: the file lies in a folder"))
    })
}

/// An empty folder to write them to.
pub(crate) fn fresh_folder() -> Result<PathBuf> {
    let folder = paths::target().join("xtask/types");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Whether those in the folder are those that are checked in.
pub(crate) fn compare(folder: &Path) -> Result<()> {
    let (new, old) = (folder.join("wire.ts"), paths::root().join(CHECKED_IN));
    if fs::read(new)? != fs::read(old).unwrap_or_default() {
        bail!("{CHECKED_IN} is not what the Rust types say: run `cargo xtask types`");
    }
    Ok(())
}

fn export(folder: &Path) -> Result<()> {
    let mut cargo = run::cargo(&["test", "-p", "medrecord-common", "--lib", "export_bindings"]);
    run::quiet(cargo.env(FOLDER, folder)).map(drop)
}
