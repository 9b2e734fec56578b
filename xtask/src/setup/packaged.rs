//! Single programs taken out of Debian's packages, without the daemons that come with them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::setup::apt;
use crate::step::step;
use crate::{paths, run};

/// A program, and in which package it is.
pub(crate) struct Packaged {
    package: &'static str,
    program: &'static str,
}

/// The `docker` command, for scripts that call it.
pub(crate) const DOCKER: Packaged = Packaged { package: "docker.io", program: "docker" };
/// What reads and tests Prometheus' rules.
pub(crate) const PROMTOOL: Packaged = Packaged { package: "prometheus", program: "promtool" };

impl Packaged {
    /// Its folder, for PATH.
    pub(crate) fn folder(&self) -> Result<PathBuf> {
        Ok(paths::cache()?.join(format!("{}-cli", self.program)))
    }

    /// Where it is once it is installed.
    pub(crate) fn path(&self) -> Result<PathBuf> {
        Ok(self.folder()?.join(self.program))
    }

    /// Installs it unless it is there.
    pub(crate) fn install(&self) -> Result<()> {
        if self.path()?.is_file() {
            return Ok(());
        }
        step(self.program, || {
            let work = paths::target().join("xtask").join(self.package);
            let _ = fs::remove_dir_all(&work);
            fs::create_dir_all(&work)?;
            self.download(&work)?;
            let package = fs::read_dir(&work)?
                .filter_map(|entry| Some(entry.ok()?.path()))
                .find(|path| path.extension().is_some_and(|end| end == "deb"))
                .with_context(|| format!("apt brought no package {}", self.package))?;
            run::quiet(run::command("dpkg-deb").arg("-x").arg(package).arg(work.join("x")))?;
            fs::create_dir_all(self.folder()?)?;
            fs::copy(work.join("x/usr/bin").join(self.program), self.path()?)?;
            Ok(fs::remove_dir_all(&work)?)
        })
    }

    /// What apt knows of packages may be too old, or nothing.
    fn download(&self, folder: &Path) -> Result<()> {
        let download = || {
            let mut command = run::command("apt-get");
            run::quiet(command.args(["download", self.package]).current_dir(folder)).map(drop)
        };
        download().or_else(|_| {
            apt::update()?;
            download()
        })
    }
}
