//! Which database is open: the main one, or a side outbox while the keyring keeps the main one's key.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::Utc;
use medrecord_common::ids::RecordingId;
use uuid::Uuid;

use super::{DATABASE, RecorderError};
use crate::capture;
use crate::outbox::{DatabaseKey, Outbox};
use crate::vault::{self, SecretStore, VaultError, durable, second_key};

/// The key of the open database.
pub(super) enum Vault {
    /// Kept by the keyring (or key file); here to be sealed when a recovery key is named.
    Main(DatabaseKey),
    /// Its key is in memory and sealed to the recovery key, and nowhere else.
    Side(Side),
}

pub(super) struct Side {
    pub(super) database: PathBuf,
    /// Why the main outbox is not open.
    pub(super) why: VaultError,
}

/// Opens the main outbox, or a side outbox when its key is out of reach.
pub(super) fn open(
    data_dir: &Path,
    secrets: &dyn SecretStore,
) -> Result<(Outbox, Vault), RecorderError> {
    match main(data_dir, secrets) {
        Ok((outbox, key)) => Ok((outbox, Vault::Main(key))),
        Err(RecorderError::Vault(
            why @ (VaultError::Keyring(_) | VaultError::TimedOut(_) | VaultError::KeyMissing),
        )) => side(data_dir, why),
        Err(error) => Err(error),
    }
}

/// Opens the main outbox, with a new key at the very first start.
pub(super) fn main(
    data_dir: &Path,
    secrets: &dyn SecretStore,
) -> Result<(Outbox, DatabaseKey), RecorderError> {
    let database = data_dir.join(DATABASE);
    let key = vault::database_key(secrets, &database)?;
    Ok((Outbox::open_or_salvage(&database, &key, Utc::now())?, key))
}

/// A new database for this run of the program. Its key is sealed before anything can be written with it.
fn side(data_dir: &Path, why: VaultError) -> Result<(Outbox, Vault), RecorderError> {
    let Some(recovery) = second_key::pinned(data_dir)? else {
        return Err(RecorderError::NoSideOutbox(why));
    };
    let database = data_dir.join(format!("side-{}.db", Uuid::now_v7()));
    let key = DatabaseKey::generate().map_err(|_| VaultError::NoRandomness)?;
    second_key::seal(&database, &key, &recovery)?;
    let outbox = Outbox::open(&database, &key)?;
    tracing::warn!(code = why.code(), "recording into a side outbox");
    Ok((outbox, Vault::Side(Side { database, why })))
}

/// Side outboxes in the folder, but not this one: their keys ended with the program that made them.
pub(super) fn left_behind(data_dir: &Path, but: Option<&Path>) -> usize {
    let Ok(entries) = fs::read_dir(data_dir) else { return 0 };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths
        .filter(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            name.is_some_and(|name| name.starts_with("side-") && name.ends_with(".db"))
                && Some(path.as_path()) != but
        })
        .count()
}

/// The database first: a key without one does no harm.
pub(super) fn remove(database: &Path) -> std::io::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut path = database.to_owned().into_os_string();
        path.push(suffix);
        durable::remove(Path::new(&path))?;
    }
    durable::remove(&second_key::sealed_path(database))?;
    durable::sync_folder(durable::folder_of(database))
}

/// Closes what nobody stopped; returns what was closed.
pub(super) fn recover(outbox: &Outbox) -> Result<Vec<RecordingId>, RecorderError> {
    let mut recovered = Vec::new();
    for unfinished in outbox.unfinished()? {
        // One that cannot be closed stays as it is and must not keep the others from being used.
        match capture::recover(outbox, unfinished.id) {
            Ok(()) => {
                tracing::warn!(recording = %unfinished.id, "recovered");
                recovered.push(unfinished.id);
            }
            Err(error) => tracing::error!(recording = %unfinished.id, %error, "not recovered"),
        }
    }
    Ok(recovered)
}
