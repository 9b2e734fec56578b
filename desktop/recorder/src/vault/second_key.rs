//! The files beside a database that let the recovery key open it: the pinned public half, and the
//! database's key sealed to it.

use std::fs;
use std::path::{Path, PathBuf};

use medrecord_common::segment::Digest;

use super::recovery::RecoveryKey;
use super::{VaultError, durable};
use crate::outbox::DatabaseKey;

/// The pinned public half, in the data folder. It is not in the keyring and not only in the database,
/// because it is needed when neither opens.
const PINNED: &str = "recovery_key.pub";

/// What the name of a sealed key ends with; `outbox.db` has `outbox.key.age`.
pub const SEALED: &str = "key.age";

/// The recovery key that this workstation trusts, as the folder has it; none when nothing is pinned.
///
/// # Errors
/// When the file is there but is no public recovery key.
pub fn pinned(data_dir: &Path) -> Result<Option<RecoveryKey>, VaultError> {
    match fs::read_to_string(data_dir.join(PINNED)) {
        Ok(text) => text.parse().map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(_) => Err(VaultError::NoRecoveryKey),
    }
}

/// Pins a recovery key in the folder, unless it is the one that is pinned.
///
/// # Errors
/// When the file cannot be written.
pub fn pin(data_dir: &Path, key: &RecoveryKey) -> Result<(), VaultError> {
    if pinned(data_dir).ok().flatten().as_ref() == Some(key) {
        return Ok(());
    }
    let text = format!("{key}\n");
    durable::replace(&data_dir.join(PINNED), text.as_bytes()).map_err(VaultError::SecondKey)
}

/// Where a database's sealed key is.
#[must_use]
pub fn sealed_path(database: &Path) -> PathBuf {
    database.with_extension(SEALED)
}

/// Seals a database's key beside it, durably; returns the digest of what was written.
///
/// # Errors
/// When the file cannot be written; an earlier one is then as it was.
pub fn seal(
    database: &Path,
    key: &DatabaseKey,
    recovery: &RecoveryKey,
) -> Result<Digest, VaultError> {
    let sealed = recovery.seal(key)?;
    durable::replace(&sealed_path(database), &sealed).map_err(VaultError::SecondKey)?;
    Ok(Digest::of(&sealed))
}

/// The digest of the sealed key that is there; none when it cannot be read.
#[must_use]
pub fn sealed_digest(database: &Path) -> Option<Digest> {
    fs::read(sealed_path(database)).ok().map(|sealed| Digest::of(&sealed))
}
