//! Programs written in Python: installed with their pinned packages into a folder of their own.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::step::step;
use crate::{paths, run};

/// A module to run, and all packages that it needs.
pub(crate) struct Module {
    name: &'static str,
    packages: &'static [&'static str],
}

/// The linter of nginx's configuration.
pub(crate) const GIXY: Module = Module {
    name: "gixy",
    packages: &[
        "gixy-ng==0.2.59",
        "ngxparse==0.5.16",
        "ConfigArgParse==1.9.0",
        "Jinja2==3.1.6",
        "MarkupSafe==3.0.4",
    ],
};

/// Holds a server's TLS against Mozilla's guidelines.
pub(crate) const SSLYZE: Module = Module {
    name: "sslyze",
    packages: &[
        "sslyze==6.3.1",
        "nassl==5.4.0",
        "tls-parser==2.0.2",
        "cryptography==46.0.7",
        "cffi==2.1.1",
        "pycparser==3.12",
        "pydantic==2.14.4",
        "pydantic-core==2.50.5",
        "annotated-types==0.8.0",
        "typing-extensions==4.16.0",
        "typing-inspection==0.4.5",
    ],
};

impl Module {
    /// `python3 -m NAME`.
    pub(crate) fn command(&self) -> Result<Command> {
        let mut python = run::command("python3");
        python.args(["-m", self.name]).env("PYTHONPATH", self.folder()?);
        Ok(python)
    }

    /// Installs it unless just these packages are there.
    pub(crate) fn install(&self) -> Result<()> {
        let folder = self.folder()?;
        let (stamp, packages) = (folder.join(".installed"), self.packages.join(" "));
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == packages) {
            return Ok(());
        }
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        step(self.name, || {
            let mut pip = run::command("python3");
            pip.args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-deps",
                "--disable-pip-version-check",
            ]);
            pip.args(["--root-user-action=ignore", "--prefer-binary", "--target"]);
            run::quiet(pip.arg(&folder).args(self.packages))?;
            Ok(fs::write(&stamp, &packages)?)
        })
    }

    fn folder(&self) -> Result<PathBuf> {
        Ok(paths::cache()?.join("python").join(self.name))
    }
}
