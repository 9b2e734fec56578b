//! Secrets in the system's keyring: Secret Service, Keychain, Credential Manager.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

#[cfg(target_os = "macos")]
use apple_native_keyring_store::keychain::Store;
use keyring_core::api::CredentialStoreApi as _;
use keyring_core::{Entry, Error};
use secrecy::{ExposeSecret as _, SecretString};

#[cfg(windows)]
use windows_native_keyring_store::Store;
#[cfg(not(any(target_os = "macos", windows)))]
use zbus_secret_service_keyring_store::Store;

use super::{SecretStore, VaultError};

/// What the entries are filed under.
const SERVICE: &str = "medrecord";

/// A locked keyring may wait for the user's password, or for ever where no one can be asked.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Calls that were given up and still wait. While there is one no other is begun: each might open one
/// more window that asks for the password.
static OVERDUE: AtomicUsize = AtomicUsize::new(0);

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
    if OVERDUE.load(Ordering::SeqCst) > 0 {
        return Err(VaultError::TimedOut(TIMEOUT.as_secs()));
    }
    let name = name.to_owned();
    answer(TIMEOUT, move || {
        // Connected anew each time: the keyring may have been started since.
        let entry = Store::new().and_then(|store| store.build(SERVICE, &name, None));
        let result = entry.and_then(|entry| call(&entry));
        result.map_err(|error| VaultError::Keyring(error.to_string()))
    })
}

fn answer<T: Send + 'static>(
    within: Duration,
    call: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    // Set by whichever is first: the answer, or the end of patience.
    let decided = Arc::new(AtomicBool::new(false));
    let (answer, answered) = mpsc::channel();
    let first = Arc::clone(&decided);
    thread::Builder::new()
        .name("keyring".to_owned())
        .spawn(move || {
            let result = call();
            // Nobody listens any more after the time-out.
            let _ = answer.send(result);
            if first.swap(true, Ordering::SeqCst) {
                OVERDUE.fetch_sub(1, Ordering::SeqCst);
            }
        })
        .map_err(|error| VaultError::Keyring(error.to_string()))?;
    let mut received = answered.recv_timeout(within);
    if matches!(received, Err(RecvTimeoutError::Timeout)) {
        OVERDUE.fetch_add(1, Ordering::SeqCst);
        if !decided.swap(true, Ordering::SeqCst) {
            return Err(VaultError::TimedOut(within.as_secs()));
        }
        // It came in the last moment.
        OVERDUE.fetch_sub(1, Ordering::SeqCst);
        received = answered.recv().map_err(|_| RecvTimeoutError::Disconnected);
    }
    received.unwrap_or_else(|_| Err(VaultError::Keyring("its library failed".to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyring_that_does_not_answer_is_asked_once_until_it_does() {
        let (unlock, unlocked) = mpsc::channel::<()>();
        let (done, ended) = mpsc::channel::<()>();
        let waits = move || {
            let _ = unlocked.recv();
            drop(done);
            Ok(())
        };
        let error = answer(Duration::ZERO, waits).unwrap_err();
        assert_eq!(error.code(), "keyring_timed_out");
        let error = Keyring.get("nothing").unwrap_err();
        assert_eq!(error.code(), "keyring_timed_out", "at once, and without a second call");
        drop(unlock);
        assert!(ended.recv().is_err());
        while OVERDUE.load(Ordering::SeqCst) > 0 {
            thread::yield_now();
        }
        assert!(answer(TIMEOUT, || Ok(())).is_ok());
    }
}
