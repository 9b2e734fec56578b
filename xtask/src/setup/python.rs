//! Programs written in Python: installed with their pinned packages (python/NAME.txt) into a folder of their own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::step::step;
use crate::{paths, run};

/// A module to run, and all packages that it needs.
pub(crate) struct Module {
    name: &'static str,
    /// Requirements, as pip reads them: every package with its one release.
    packages: &'static str,
}

/// The linter of nginx's configuration.
pub(crate) const GIXY: Module = Module { name: "gixy", packages: include_str!("python/gixy.txt") };

/// Holds a server's TLS against Mozilla's guidelines.
pub(crate) const SSLYZE: Module =
    Module { name: "sslyze", packages: include_str!("python/sslyze.txt") };

/// An S3-compatible store, for the tests.
pub(crate) const MOTO: Module =
    Module { name: "moto.server", packages: include_str!("python/moto.txt") };

/// Kubernetes' own schemas, all inside the package.
pub(crate) const KUBERNETES_VALIDATE: Module = Module {
    name: "kubernetes_validate",
    packages: include_str!("python/kubernetes_validate.txt"),
};

/// The linter of Kubernetes manifests: are they hardened?
pub(crate) const CHECKOV: Module =
    Module { name: "checkov.main", packages: include_str!("python/checkov.txt") };

impl Module {
    /// `python3 -m NAME`.
    pub(crate) fn command(&self) -> Result<Command> {
        let mut python = self.python()?;
        python.args(["-m", self.name]);
        Ok(python)
    }

    /// Python with these packages.
    pub(crate) fn python(&self) -> Result<Command> {
        let mut python = run::command("python3");
        python.env("PYTHONPATH", self.folder()?);
        Ok(python)
    }

    /// The same as a program, for who wants a path.
    pub(crate) fn program(&self) -> Result<PathBuf> {
        Ok(self.folder()?.join("run"))
    }

    /// Installs it unless just these packages are there.
    pub(crate) fn install(&self) -> Result<()> {
        let folder = self.folder()?;
        let stamp = folder.join(".installed");
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == self.packages) {
            return Ok(());
        }
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        step(self.name, || {
            let requirements = folder.join(".requirements.txt");
            fs::write(&requirements, self.packages)?;
            let mut pip = run::command("python3");
            pip.args(["-m", "pip", "install", "--quiet", "--no-deps"]);
            pip.args(["--disable-pip-version-check", "--root-user-action=ignore"]);
            pip.arg("--prefer-binary").arg("--target").arg(&folder);
            run::quiet(pip.arg("--requirement").arg(&requirements))?;
            let program = self.program()?;
            let lines = format!(
                "#!/bin/sh\nPYTHONPATH='{}' exec python3 -m {} \"$@\"\n",
                folder.display(),
                self.name
            );
            fs::write(&program, lines)?;
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
            Ok(fs::write(&stamp, self.packages)?)
        })
    }

    /// Where the packages lie, for a Python of the same release elsewhere.
    pub(crate) fn folder(&self) -> Result<PathBuf> {
        Ok(paths::cache()?.join("python").join(self.name))
    }
}
