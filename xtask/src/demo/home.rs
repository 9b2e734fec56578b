//! The demo's folder: the port, the password, the keys, and where each part keeps its data.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::paths;

/// The demo clinician.
pub(crate) const EMAIL: &str = "demo@medrecord.local";
pub(crate) const NAME: &str = "Dr. Demo";

/// An open demo folder.
pub(crate) struct Home {
    folder: PathBuf,
}

impl Home {
    /// Opens the folder, made if need be; only its owner (and the database's user) looks into it.
    pub(crate) fn open(folder: Option<&Path>) -> Result<Self> {
        let folder = folder.map_or_else(paths::demo, |folder| Ok(folder.to_path_buf()))?;
        fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        let folder = fs::canonicalize(folder)?;
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o711))?;
        for part in ["objects", "wrapped-keys", "recorder", "log"] {
            let part = folder.join(part);
            fs::create_dir_all(&part)?;
            fs::set_permissions(&part, fs::Permissions::from_mode(0o700))?;
        }
        Ok(Self { folder })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn path(&self, part: &str) -> PathBuf {
        self.folder.join(part)
    }

    pub(crate) fn log(&self, program: &str) -> PathBuf {
        self.folder.join(format!("log/{program}.log"))
    }

    /// The demo clinician's password, made once.
    pub(crate) fn password(&self) -> Result<String> {
        self.once("password", || Ok(hex::encode(random(9)?)))
    }

    /// The port of the last start when it is free, else another: an enrolled workstation knows it.
    pub(crate) fn port(&self) -> Result<u16> {
        let last =
            fs::read_to_string(self.path("port")).ok().and_then(|port| port.trim().parse().ok());
        let listener = last
            .and_then(|port: u16| TcpListener::bind(("127.0.0.1", port)).ok())
            .map_or_else(|| TcpListener::bind(("127.0.0.1", 0)), Ok)
            .context("no free port")?;
        let port = listener.local_addr()?.port();
        fs::write(self.path("port"), port.to_string())?;
        Ok(port)
    }

    /// Remembers that something was done, and with what.
    pub(crate) fn remember(&self, what: &str, with: &str) -> Result<()> {
        fs::write(self.path(what), with)
            .with_context(|| format!("write {}", self.path(what).display()))
    }

    /// Whether it was done with just this.
    pub(crate) fn remembers(&self, what: &str, with: &str) -> bool {
        fs::read_to_string(self.path(what)).is_ok_and(|last| last == with)
    }

    /// Forgets it.
    pub(crate) fn forget(&self, what: &str) -> Result<()> {
        match fs::remove_file(self.path(what)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn once(&self, name: &str, make: impl FnOnce() -> Result<String>) -> Result<String> {
        let path = self.path(name);
        if let Ok(text) = fs::read_to_string(&path) {
            return Ok(text);
        }
        let text = make()?;
        let mut file = fs::File::options().write(true).create_new(true).mode(0o600).open(&path)?;
        std::io::Write::write_all(&mut file, text.as_bytes())?;
        Ok(text)
    }
}

fn random(bytes: usize) -> Result<Vec<u8>> {
    let mut random = vec![0; bytes];
    std::io::Read::read_exact(&mut fs::File::open("/dev/urandom")?, &mut random)?;
    Ok(random)
}
