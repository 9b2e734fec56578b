//! Sizes of the hand-written files: small files are how this code is kept readable.

use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Result, bail};

use crate::{digest, paths};

/// No hand-written file may be longer, in lines.
const LONGEST: usize = 400;
/// Nine in ten should stay below.
const USUAL: usize = 350;

/// Prints median and largest of the Rust and the TypeScript files; refuses one that is too long.
pub(crate) fn run() -> Result<()> {
    let mut too_long = Vec::new();
    for (language, folders, ends) in [
        ("Rust", &["common", "desktop", "server", "xtask"][..], &["rs"][..]),
        ("TypeScript", &["web"], &["ts", "tsx"]),
    ] {
        let mut sizes = sizes(folders, ends)?;
        sizes.sort();
        let (Some((largest, name)), count) = (sizes.last(), sizes.len()) else { continue };
        let median = sizes[count / 2].0;
        let under = sizes.iter().filter(|(lines, _)| *lines < USUAL).count();
        println!(
            "{language}: {count} files, median {median} lines, {} % under {USUAL}, largest {largest} ({})",
            under * 100 / count,
            short(name)
        );
        too_long.extend(
            sizes.iter().filter(|(lines, _)| *lines > LONGEST).map(|(_, name)| short(name)),
        );
    }
    if !too_long.is_empty() {
        bail!("longer than {LONGEST} lines, split by purpose: {}", too_long.join(", "));
    }
    Ok(())
}

fn sizes(folders: &[&str], ends: &[&str]) -> Result<Vec<(usize, PathBuf)>> {
    let skip = ["node_modules", "dist", "dist-fake", "target", "generated", "gen"];
    let mut found = Vec::new();
    for folder in folders {
        for path in digest::files(&paths::root().join(folder), &skip)? {
            if path.extension().is_some_and(|end| ends.iter().any(|wanted| end == *wanted)) {
                found.push((lines(&path)?, path));
            }
        }
    }
    Ok(found)
}

fn lines(path: &Path) -> io::Result<usize> {
    Ok(fs::read_to_string(path)?.lines().count())
}

fn short(path: &Path) -> String {
    path.strip_prefix(paths::root()).unwrap_or(path).display().to_string()
}
