//! Secrets in the system's keyring: Secret Service, Keychain, Credential Manager.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use keyring::{Entry, Error};
use secrecy::{ExposeSecret as _, SecretString};

use super::{SecretStore, VaultError};

/// What the entries are filed under.
const SERVICE: &str = "medrecord";

/// A locked keyring may wait for the user's password, or for ever where no one can be asked.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Each call runs on a thread of its own, which is given up after [`TIMEOUT`].
#[derive(Debug, Default)]
pub struct Keyring;

impl SecretStore for Keyring {
    fn get(&self, name: &str) -> Result<Option<SecretString>, VaultError> {
        on_own_thread(name, |entry| match entry.get_password() {
            Ok(secret) => Ok(Some(secret.into())),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn set(&self, name: &str, secret: &SecretString) -> Result<(), VaultError> {
        let secret = secret.clone();
        on_own_thread(name, move |entry| entry.set_password(secret.expose_secret()))
    }

    fn delete(&self, name: &str) -> Result<(), VaultError> {
        on_own_thread(name, |entry| match entry.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(error),
        })
    }
}

fn on_own_thread<T: Send + 'static>(
    name: &str,
    call: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
) -> Result<T, VaultError> {
    let name = name.to_owned();
    let (answer, answered) = mpsc::channel();
    thread::Builder::new()
        .name("keyring".to_owned())
        .spawn(move || {
            // Nobody listens any more after the time-out.
            let _ = answer.send(Entry::new(SERVICE, &name).and_then(|entry| call(&entry)));
        })
        .map_err(|error| VaultError::Keyring(error.to_string()))?;
    match answered.recv_timeout(TIMEOUT) {
        Ok(result) => result.map_err(|error| VaultError::Keyring(error.to_string())),
        Err(RecvTimeoutError::Timeout) => Err(VaultError::TimedOut(TIMEOUT.as_secs())),
        Err(RecvTimeoutError::Disconnected) => {
            Err(VaultError::Keyring("its library failed".to_owned()))
        }
    }
}
