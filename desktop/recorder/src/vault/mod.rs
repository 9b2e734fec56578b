//! The vault: where secrets are kept, and what is done when they are not there.

pub(crate) mod durable;
mod key_file;
mod keyring;
mod memory;
mod recovery;
pub mod second_key;

use std::path::Path;

use medrecord_common::ids::ClinicianId;
use secrecy::SecretString;

pub use self::key_file::KeyFile;
pub use self::keyring::Keyring;
pub use self::memory::MemoryStore;
pub use self::recovery::{RecoveryIdentity, RecoveryKey};
use crate::outbox::{DatabaseKey, Outbox};

/// Name of the outbox's key.
const OUTBOX_KEY: &str = "outbox-key";

/// Keeps short secrets by name, durably: when `set` returns, a crash does not lose the secret.
///
/// The calls block (a keyring may ask the user): keep them off the async and the UI thread.
pub trait SecretStore: Send + Sync {
    /// # Errors
    /// When the store is locked or out of reach; a missing secret is no error.
    fn get(&self, name: &str) -> Result<Option<SecretString>, VaultError>;

    /// # Errors
    /// When the store is locked or out of reach.
    fn set(&self, name: &str, secret: &SecretString) -> Result<(), VaultError>;

    /// Removes a secret; one that is not there is no error.
    ///
    /// # Errors
    /// When the store is locked or out of reach.
    fn delete(&self, name: &str) -> Result<(), VaultError>;
}

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error(
        "This computer's keyring is locked or has no answer ({0}). Unlock it and start again, \
         or use a key file (--key-file FILE) on a computer that has none."
    )]
    Keyring(String),
    #[error("This computer's keyring has not answered for {0} seconds. Unlock it and start again.")]
    TimedOut(u64),
    #[error("The key file {path} cannot be used: {reason}.")]
    KeyFile { path: String, reason: String },
    #[error(
        "The key of the recordings on this computer is missing from the keyring or key file. \
         The recordings are kept. Bring the key back; a new one would not open them."
    )]
    KeyMissing,
    #[error("The key in the keyring or key file is damaged. The recordings are kept.")]
    KeyDamaged,
    #[error("This is not a public recovery key (age1…) that can be trusted here.")]
    NoRecoveryKey,
    #[error("The recovery key {path} cannot be used: {reason}.")]
    RecoveryKeyFile { path: String, reason: String },
    #[error("This is not sealed to this recovery key, or it is damaged.")]
    NotSealedToThis,
    #[error("The key could not be sealed to the recovery key.")]
    Seal,
    #[error("The second key could not be written beside the recordings: {0}.")]
    SecondKey(std::io::Error),
    #[error("This computer gave no random numbers for a key.")]
    NoRandomness,
}

impl VaultError {
    /// A stable word for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Keyring(_) => "keyring_unavailable",
            Self::TimedOut(_) => "keyring_timed_out",
            Self::KeyFile { .. } => "key_file",
            Self::KeyMissing => "key_missing",
            Self::KeyDamaged => "key_damaged",
            Self::NoRecoveryKey => "no_recovery_key",
            Self::RecoveryKeyFile { .. } => "recovery_key_file",
            Self::NotSealedToThis => "not_sealed_to_this",
            Self::Seal => "seal",
            Self::SecondKey(_) => "second_key_failed",
            Self::NoRandomness => "no_randomness",
        }
    }
}

/// The outbox's key: from the store, or a new one, which is in the store before it is used.
///
/// # Errors
/// [`VaultError::KeyMissing`] when there is a database already, but no key to it.
pub fn database_key(store: &dyn SecretStore, database: &Path) -> Result<DatabaseKey, VaultError> {
    if let Some(hex) = store.get(OUTBOX_KEY)? {
        return DatabaseKey::from_hex(&hex).ok_or(VaultError::KeyDamaged);
    }
    if database.exists() {
        return Err(VaultError::KeyMissing);
    }
    let key = DatabaseKey::generate().map_err(|_| VaultError::NoRandomness)?;
    store.set(OUTBOX_KEY, &key.to_hex())?;
    Ok(key)
}

/// Puts a database's key back into a store that lost it; the key was opened with the recovery key.
///
/// # Errors
/// [`VaultError::KeyDamaged`] when it is not the database's key; nothing is stored then.
pub fn restore_database_key(
    store: &dyn SecretStore,
    database: &Path,
    key: &DatabaseKey,
) -> Result<(), VaultError> {
    Outbox::open(database, key).map_err(|_| VaultError::KeyDamaged)?;
    store.set(OUTBOX_KEY, &key.to_hex())
}

/// Name of a clinician's refresh token on this device.
#[must_use]
pub(crate) fn credential_name(clinician: ClinicianId) -> String {
    format!("credential-{clinician}")
}

#[cfg(test)]
mod tests;
