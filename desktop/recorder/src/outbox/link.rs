//! The one connection to the database, and its replacement after a write that failed.
//!
//! After a failed sync the system may call pages clean that never reached the disk, so nothing is
//! written again on a connection that failed. Its log is first emptied into the database: only what was
//! committed before the failure takes part in that, written and synced anew. So when the next connection
//! opens, nothing doubtful is left that it could take for durable. What the system shows to a program
//! that starts after one that died in that state is beyond this.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use secrecy::{ExposeSecret as _, SecretString};

use super::{DatabaseKey, OutboxError, salvage};

/// Another process (a backup, a virus scanner) may hold the file for a moment.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) struct Link {
    path: PathBuf,
    key: SecretString,
    state: State,
}

enum State {
    Sound(Connection),
    /// A write failed on it. It may be read: what failed was rolled back.
    Failed(Connection),
    /// Its replacement could not be opened yet.
    Closed,
}

impl Link {
    /// Opens the database, or makes it when the file is not there.
    pub(super) fn open(path: &Path, key: &DatabaseKey) -> Result<Self, OutboxError> {
        let key = key.to_hex();
        let state = State::Sound(connect(path, &key)?);
        Ok(Self { path: path.to_owned(), key, state })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn for_reading(&mut self) -> Result<&Connection, OutboxError> {
        if matches!(self.state, State::Closed) {
            self.state = State::Sound(connect(&self.path, &self.key)?);
        }
        match &self.state {
            State::Sound(connection) | State::Failed(connection) => Ok(connection),
            State::Closed => unreachable!("invariant: it was just opened"),
        }
    }

    /// A connection on which no write has failed.
    pub(super) fn for_writing(&mut self) -> Result<&mut Connection, OutboxError> {
        if let State::Failed(connection) = &self.state {
            empty_log(connection)?;
            self.state = State::Closed;
            tracing::info!("the connection whose write failed is replaced");
        }
        if matches!(self.state, State::Closed) {
            self.state = State::Sound(connect(&self.path, &self.key)?);
        }
        match &mut self.state {
            State::Sound(connection) => Ok(connection),
            State::Failed(_) | State::Closed => unreachable!("invariant: it was just replaced"),
        }
    }

    /// A read failed: SQLCipher refuses all that follows on a connection that met a damaged page.
    pub(super) fn give_up(&mut self) {
        if matches!(self.state, State::Sound(_)) {
            self.state = State::Closed;
        }
    }

    /// Has the next start salvage the database. In vain when not even that can be written: then the damage
    /// is met again.
    pub(super) fn mark_damaged(&self) {
        let marked = std::fs::File::create(salvage::mark(&self.path));
        tracing::error!(marked = marked.is_ok(), "the recordings' database is damaged");
    }

    pub(super) fn is_marked(&self) -> bool {
        salvage::mark(&self.path).exists()
    }

    /// A write failed: this connection is not written to again.
    pub(super) fn fail(&mut self) {
        self.state = match std::mem::replace(&mut self.state, State::Closed) {
            State::Sound(connection) | State::Failed(connection) => State::Failed(connection),
            State::Closed => State::Closed,
        };
    }
}

/// Writes what was committed before the failure into the database, syncs it, and truncates the log, in
/// which the doubtful pages are.
pub(super) fn empty_log(connection: &Connection) -> Result<(), OutboxError> {
    let busy: bool =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy { Err(OutboxError::Busy) } else { Ok(()) }
}

/// SQLCipher hands out a page whose MAC does not fit as zeros, and only then fails, at the next page: what
/// was read counts when one more read succeeds.
pub(super) fn verify(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached("SELECT count(*) FROM sqlite_schema")?.query_row([], |_| Ok(()))
}

pub(super) fn connect(path: &Path, key: &SecretString) -> Result<Connection, OutboxError> {
    let connection = Connection::open(path)?;
    // SQLCipher would write to stderr by itself; what it finds is our error to tell.
    connection.pragma_update(None, "cipher_log_level", "NONE")?;
    connection.pragma_update(None, "key", format!("x'{}'", key.expose_secret()))?;
    // The first read is what tells a fitting key from a wrong one.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // macOS only: without it a sync does not reach the platters there.
    connection.pragma_update(None, "fullfsync", "ON")?;
    connection.pragma_update(None, "checkpoint_fullfsync", "ON")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    Ok(connection)
}
