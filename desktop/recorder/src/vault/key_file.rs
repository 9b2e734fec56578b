//! Secrets in a file that only its owner may read: for computers without a keyring, when asked for.
//!
//! Whoever can read the file can open the recordings: that is what is given up.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use secrecy::{ExposeSecret as _, SecretString};

use super::{SecretStore, VaultError, durable};

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
        durable::replace(&self.path, text.as_bytes()).map_err(|error| self.error(error))
    }
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
