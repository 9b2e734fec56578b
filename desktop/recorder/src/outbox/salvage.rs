//! Salvage: what can be read of a damaged database goes row by row into a fresh one.
//!
//! The damaged file is kept aside under a dated name for as long as the trash, and never changed. The fresh one takes its
//! place only when it is complete; dying in between is made good at the next start.

mod copy;
mod first_page;
mod mend;
mod page;

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use medrecord_common::ids::RecordingId;
use rusqlite::Connection;
use secrecy::SecretString;

pub(super) use self::first_page::key_fits;
use super::kept::{self, Why};
use super::link::{connect, empty_log};
use super::{MIGRATIONS, OutboxError, migrate_to};

/// What a salvage did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salvaged {
    /// Where the damaged database is now.
    pub kept_aside: PathBuf,
    /// Recordings of which something is missing or was put together again.
    pub recordings: Vec<RecordingId>,
    /// Rows of which it is known that they could not be read.
    pub rows_lost: u64,
    /// Nothing at all could be read: the fresh database is empty.
    pub nothing_read: bool,
}

/// Salvages the database at `path`, whose connections are closed, with its key.
pub(super) fn salvage(
    path: &Path,
    key: &SecretString,
    at: DateTime<Utc>,
) -> Result<Salvaged, OutboxError> {
    tracing::error!("the recordings' database is damaged: what can be read of it is copied");
    let fresh_path = fresh(path);
    for leftover in with_log(&fresh_path) {
        remove(&leftover)?;
    }
    let mut connection = connect(&fresh_path, key)?;
    connection.pragma_update(None, "foreign_keys", "OFF")?;
    let mut damaged = copy::Damaged::new(path, key);
    let (mut version, mut first_page) = (damaged.version(), None);
    if version.is_none() {
        first_page = first_page::put_back(path, key).map_err(OutboxError::File)?;
        version = first_page.as_ref().and_then(|_| damaged.version());
    }
    let schema = version.unwrap_or(MIGRATIONS.len());
    migrate_to(&mut connection, schema)?;
    let (mut rows_lost, mut recordings) = (0, Vec::new());
    if version.is_some() {
        rows_lost = copy::all(&mut damaged, &mut connection)?;
        migrate_to(&mut connection, MIGRATIONS.len())?;
        recordings = mend::mend(&mut connection, at)?;
    }
    close(connection)?;
    drop(damaged);
    let kept_aside = replace(path, &fresh_path, at)?;
    remove(&mark(path))?;
    if let Some(damaged) = first_page {
        first_page::write(&kept_aside, &damaged).map_err(OutboxError::File)?;
    }
    tracing::error!(rows_lost, recordings = recordings.len(), "salvaged");
    Ok(Salvaged { kept_aside, recordings, rows_lost, nothing_read: version.is_none() })
}

/// What a later salvage may need: kept when all is well. Failing at it is no reason not to start.
pub(super) fn prepare(path: &Path, connection: &Connection) {
    let kept = empty_log(connection).map(|()| first_page::keep(path));
    if !matches!(kept, Ok(Ok(()))) {
        tracing::warn!("no copy of the database's first page");
    }
}

/// A salvage that died between moving the damaged database aside and putting the fresh one in its place.
pub(super) fn complete(path: &Path) -> Result<(), OutboxError> {
    let fresh_path = fresh(path);
    if !path.exists() && fresh_path.exists() {
        rename(&fresh_path, path)?;
        sync_folder(path)?;
    }
    Ok(())
}

/// All of it is in the file, and on the disk, before it takes another's place.
fn close(connection: Connection) -> Result<(), OutboxError> {
    empty_log(&connection)?;
    connection.close().map_err(|(_, error)| error.into())
}

fn replace(path: &Path, fresh_path: &Path, at: DateTime<Utc>) -> Result<PathBuf, OutboxError> {
    let kept_aside = kept::path(path, Why::Damaged, at);
    let [_, log] = with_log(path);
    let [_, kept_log] = with_log(&kept_aside);
    // Were the log left, it would be taken for the fresh database's.
    if log.exists() {
        fs::copy(&log, &kept_log).map_err(OutboxError::File)?;
    }
    rename(path, &kept_aside)?;
    sync_folder(path)?;
    remove(&log)?;
    remove(&path.with_extension("db-shm"))?;
    rename(fresh_path, path)?;
    sync_folder(path)?;
    Ok(kept_aside)
}

/// The file that asks for a salvage at the next start.
pub(super) fn mark(path: &Path) -> PathBuf {
    path.with_extension("damaged")
}

fn fresh(path: &Path) -> PathBuf {
    path.with_extension("salvaged.db")
}

/// The file, and its write-ahead log.
fn with_log(path: &Path) -> [PathBuf; 2] {
    let mut log = OsString::from(path);
    log.push("-wal");
    [path.to_owned(), log.into()]
}

fn rename(from: &Path, to: &Path) -> Result<(), OutboxError> {
    fs::rename(from, to).map_err(OutboxError::File)
}

fn remove(path: &Path) -> Result<(), OutboxError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(OutboxError::File(error)),
        _ => Ok(()),
    }
}

/// Elsewhere a folder cannot be opened, and names are durable with the file system's own log.
pub(super) fn sync_folder(path: &Path) -> Result<(), OutboxError> {
    let folder = path.parent().filter(|_| cfg!(unix));
    folder.map_or(Ok(()), |folder| {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(OutboxError::File)
    })
}

#[cfg(test)]
mod tests;
