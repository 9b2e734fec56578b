//! Brings a database of an earlier version to this one's schema: copied first, then all steps or none.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use secrecy::SecretString;

use super::kept::{self, Why};
use super::link::{Link, connect, empty_log, verify};
use super::{DatabaseKey, MIGRATIONS, OutboxError, migrate_to};
use crate::vault::durable;

/// Left free when the copy is there, in bytes: for the steps themselves and what is recorded next.
const BESIDE: u64 = 64 << 20;

/// Opens the database, or makes it, with this version's schema.
pub(super) fn open(path: &Path, key: &DatabaseKey, at: DateTime<Utc>) -> Result<Link, OutboxError> {
    let mut link = Link::open(path, key)?;
    let version = version(link.for_reading()?)?;
    if (1..MIGRATIONS.len()).contains(&version) {
        // All of it is in the file, and nobody has it open: a lock of SQLite ends with any other handle.
        empty_log(link.for_reading()?)?;
        drop(link);
        copy(path, &key.to_hex(), version, at, |folder| fs4::available_space(folder))?;
        link = Link::open(path, key)?;
    }
    migrate_to(link.for_writing()?, MIGRATIONS.len()).map_err(|error| match error {
        error @ OutboxError::Newer(_) => error,
        // SQLCipher reads nothing more on a connection that met a damaged page: that is for salvage.
        error => match link.for_reading().map(verify) {
            Ok(Ok(())) if version > 0 => OutboxError::NotUpgraded(Box::new(error)),
            _ => error,
        },
    })?;
    Ok(link)
}

fn version(connection: &Connection) -> Result<usize, OutboxError> {
    let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok(version as usize)
}

/// Byte for byte, so that a damaged page does not keep the rest from being copied. It takes the place of
/// earlier copies of the same schema.
fn copy(
    path: &Path,
    key: &SecretString,
    version: usize,
    at: DateTime<Utc>,
    free: impl Fn(&Path) -> io::Result<u64>,
) -> Result<(), OutboxError> {
    let folder = durable::folder_of(path);
    let megabytes = room_missing(path, free)?;
    if megabytes > 0 {
        return Err(OutboxError::NoRoomToUpgrade { megabytes });
    }
    let (why, begun) = (Why::Schema(version), path.with_extension("schema.new"));
    kept::remove(&begun).map_err(OutboxError::File)?;
    write_copy(path, &begun).map_err(OutboxError::File)?;
    // A copy that does not open is none.
    drop(connect(&begun, key)?);
    let earlier = kept::list(path).map_err(OutboxError::File)?;
    let whole = kept::path(path, why, at);
    fs::rename(&begun, &whole).map_err(OutboxError::File)?;
    durable::sync_folder(folder).map_err(OutboxError::File)?;
    for kept in earlier.iter().filter(|kept| kept.why == why && kept.path != whole) {
        kept::remove(&kept.path).map_err(OutboxError::File)?;
    }
    tracing::info!(version, "the recordings are copied before their schema changes");
    Ok(())
}

/// What the disk lacks for the copy of this database, in megabytes; asked before a later version is installed, too.
pub(crate) fn room_missing(
    path: &Path,
    free: impl Fn(&Path) -> io::Result<u64>,
) -> Result<u64, OutboxError> {
    let missing = || {
        // The log is emptied into the database before that is copied.
        let size = size(path)? + size(&path.with_extension("db-wal"))?;
        Ok((size + BESIDE).saturating_sub(free(durable::folder_of(path))?))
    };
    let missing = missing().map_err(OutboxError::File)?;
    Ok(if missing == 0 { 0 } else { (missing >> 20) + 1 })
}

fn size(path: &Path) -> io::Result<u64> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

fn write_copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    // Not every system syncs through a handle that only reads.
    OpenOptions::new().write(true).open(to)?.sync_all()
}

#[cfg(test)]
mod tests;
