//! Secrets in a file that only its owner may read: for computers without a keyring, when asked for.
//!
//! Whoever can read the file can open the recordings: that is what is given up.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use secrecy::{ExposeSecret as _, SecretString};

use super::{SecretStore, VaultError};

/// A JSON object of name and secret; mode 0600 where there are modes.
#[derive(Debug)]
pub struct KeyFile {
    path: PathBuf,
    /// One change at a time.
    writing: Mutex<()>,
}

impl KeyFile {
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self { path, writing: Mutex::new(()) }
    }

    fn error(&self, reason: impl ToString) -> VaultError {
        VaultError::KeyFile { path: self.path.display().to_string(), reason: reason.to_string() }
    }

    fn read(&self) -> Result<BTreeMap<String, String>, VaultError> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(self.error(error)),
        };
        // serde's message would quote the secret.
        serde_json::from_str(&text).map_err(|_| self.error("it is not a key file"))
    }

    fn change(&self, edit: impl FnOnce(&mut BTreeMap<String, String>)) -> Result<(), VaultError> {
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut secrets = self.read()?;
        edit(&mut secrets);
        let text = serde_json::to_string(&secrets).expect("invariant: strings serialize");
        self.replace(text.as_bytes()).map_err(|error| self.error(error))
    }

    /// Written beside, synced, then renamed over: an old file or a new one, never half of one.
    fn replace(&self, bytes: &[u8]) -> std::io::Result<()> {
        let folder = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder)?;
        let mut beside = self.path.clone().into_os_string();
        beside.push(".new");
        // Left by a crash, possibly with another mode.
        if let Err(error) = fs::remove_file(&beside)
            && error.kind() != ErrorKind::NotFound
        {
            return Err(error);
        }
        let mut file = private(OpenOptions::new().write(true).create_new(true)).open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)?;
        sync_folder(folder)
    }
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

/// Files in a user's profile are theirs alone on Windows.
#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// The rename itself is durable only with its folder.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}

impl SecretStore for KeyFile {
    fn get(&self, name: &str) -> Result<Option<SecretString>, VaultError> {
        Ok(self.read()?.remove(name).map(SecretString::from))
    }

    fn set(&self, name: &str, secret: &SecretString) -> Result<(), VaultError> {
        self.change(|secrets| {
            secrets.insert(name.to_owned(), secret.expose_secret().to_owned());
        })
    }

    fn delete(&self, name: &str) -> Result<(), VaultError> {
        self.change(|secrets| {
            secrets.remove(name);
        })
    }
}
