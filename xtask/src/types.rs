//! TypeScript types of the wire contract, written from the Rust types and checked in.

use std::fs;

use anyhow::{Result, bail};

use crate::step::step;
use crate::{paths, run};

const CHECKED_IN: &str = "web/core/src/generated/wire.ts";

/// Writes the types, or with `check` compares them with what is checked in.
pub(crate) fn run(check: bool) -> Result<()> {
    if check {
        return step("wire types are up to date", || {
            let fresh = paths::target().join("xtask/types");
            let _ = fs::remove_dir_all(&fresh);
            export(&fresh)?;
            let (new, old) = (fresh.join("wire.ts"), paths::root().join(CHECKED_IN));
            if fs::read(new)? != fs::read(old).unwrap_or_default() {
                bail!("{CHECKED_IN} is not what the Rust types say: run `cargo xtask types`");
            }
            Ok(())
        });
    }
    step("write the wire types", || {
        let file = paths::root().join(CHECKED_IN);
        // ts-rs merges into a file that is there: types that were removed would stay.
        let _ = fs::remove_file(&file);
        export(file.parent().expect("invariant: the file lies in a folder"))
    })
}

fn export(folder: &std::path::Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let mut cargo = run::cargo(&[
        "test",
        "-p",
        "medrecord-common",
        "--features",
        "ts",
        "--lib",
        "export_bindings",
    ]);
    run::quiet(cargo.env("TS_RS_EXPORT_DIR", folder))?;
    Ok(())
}
