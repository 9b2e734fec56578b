//! The outbox: one SQLCipher database that holds all that is not yet acknowledged.
//!
//! The audio lives in the database too, so there is no second place that could disagree. Every
//! transition is one transaction, synced to disk (`synchronous=FULL`) before the call returns.
//! Calls block: keep them off the async and the UI thread.

mod account;
mod backlog;
mod change;
mod check;
mod chunk;
mod diagnostics;
mod error;
mod export;
mod kept;
mod key;
mod link;
mod merge;
mod original;
pub(crate) mod overview;
mod pin;
mod receipt_key;
mod recording;
mod recovery_key;
pub(crate) mod rows;
mod salvage;
mod segment;
mod setting;
mod sync_view;
mod trash;
mod upgrade;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::watch;

pub use account::Account;
pub use change::StoredChange;
pub(crate) use check::{Check, Report};
pub use chunk::Unfinished;
pub(crate) use diagnostics::PatientTexts;
pub use error::OutboxError;
pub use key::DatabaseKey;
use link::Link;
pub use original::Original;
pub use overview::Overview;
pub(crate) use pin::StoredPin;
pub use recording::{NewRecording, RETENTION, RecordingState, StoredRecording};
pub use recovery_key::RecoveryKeys;
pub use salvage::Salvaged;
pub use segment::{SegmentEntry, StoredSegment};
pub use trash::{TRASH, TrashEntry};
pub(crate) use upgrade::room_missing as room_missing_for_upgrade;

/// The steps of the schema, forward only; `user_version` counts how many of them a database has.
const MIGRATIONS: [&str; 5] = [
    include_str!("../../migrations/0001_outbox.sql"),
    include_str!("../../migrations/0002_working.sql"),
    include_str!("../../migrations/0003_pin.sql"),
    include_str!("../../migrations/0004_epoch.sql"),
    include_str!("../../migrations/0005_receipt_keys.sql"),
];

/// Clones share one connection behind a mutex.
#[derive(Clone)]
pub struct Outbox {
    link: Arc<Mutex<Link>>,
    changes: watch::Sender<u64>,
    written: Arc<AtomicU64>,
    when_full: Arc<OnceLock<Box<dyn Fn() + Send + Sync>>>,
    salvaged: Option<Arc<Salvaged>>,
}

impl Outbox {
    /// Opens the database, or makes it when the file is not there. One of an earlier release is copied,
    /// then brought to this one's schema.
    ///
    /// # Errors
    /// [`OutboxError::WrongKey`] when the key does not fit, [`OutboxError::Newer`] when a newer
    /// release made it, [`OutboxError::NotUpgraded`] and [`OutboxError::NoRoomToUpgrade`]; the file is
    /// left as it is in all these cases.
    pub fn open(path: &Path, key: &DatabaseKey) -> Result<Self, OutboxError> {
        Self::open_at(path, key, Utc::now())
    }

    fn open_at(path: &Path, key: &DatabaseKey, at: DateTime<Utc>) -> Result<Self, OutboxError> {
        let link = upgrade::open(path, key, at)?;
        let changes = watch::Sender::new(0);
        Ok(Self {
            link: Arc::new(Mutex::new(link)),
            changes,
            written: Arc::default(),
            when_full: Arc::default(),
            salvaged: None,
        })
    }

    /// As [`Self::open`]; a database that is damaged is salvaged first. What is read at a start is read
    /// here, so that damage there is found.
    ///
    /// # Errors
    /// [`OutboxError::WrongKey`], which is no damage; when the folder cannot be written.
    pub fn open_or_salvage(
        path: &Path,
        key: &DatabaseKey,
        at: DateTime<Utc>,
    ) -> Result<Self, OutboxError> {
        salvage::complete(path)?;
        let found = Self::open_at(path, key, at).and_then(|outbox| {
            outbox.read_what_a_start_reads()?;
            Ok(outbox)
        });
        match found {
            Err(error) if !error.is_damage(|| salvage::key_fits(path, &key.to_hex())) => Err(error),
            Ok(outbox) if !salvage::mark(path).exists() => {
                salvage::prepare(path, outbox.link().for_reading()?);
                if let Err(error) = outbox.purge_kept_aside(at) {
                    tracing::warn!(%error, "what was kept aside is still there");
                }
                Ok(outbox)
            }
            found => {
                drop(found);
                let salvaged = salvage::salvage(path, &key.to_hex(), at)?;
                Ok(Self { salvaged: Some(Arc::new(salvaged)), ..Self::open(path, key)? })
            }
        }
    }

    fn read_what_a_start_reads(&self) -> Result<(), OutboxError> {
        self.read(rows::read_through)?;
        self.unfinished()?;
        self.accounts()?;
        Ok(())
    }

    /// Counts up whenever something but a chunk was written: what sync and the window wait for.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Counts up with every commit but a chunk's: what was read before it may be out of date.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }

    /// What is done, once and for all, when a write finds the disk full; that write fails all the same.
    pub(crate) fn when_full(&self, make_room: impl Fn() + Send + Sync + 'static) {
        let _ = self.when_full.set(Box::new(make_room));
    }

    fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, OutboxError>,
    ) -> Result<T, OutboxError> {
        let mut link = self.link();
        let connection = link.for_reading()?;
        let result =
            query(connection).and_then(|found| Ok(link::verify(connection).map(|()| found)?));
        if let Err(error) = &result
            && error.is_of_storage()
        {
            if error.is_damage(|| true) {
                link.mark_damaged();
            }
            link.give_up();
        }
        result
    }

    /// One transaction; nothing of it stays when `work` fails.
    fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, OutboxError>,
    ) -> Result<T, OutboxError> {
        let result = self.write_quietly(work)?;
        self.changes.send_modify(|count| *count += 1);
        Ok(result)
    }

    /// As [`Self::write`], without waking anyone.
    fn write_quietly<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, OutboxError>,
    ) -> Result<T, OutboxError> {
        let result = self.commit(work)?;
        self.written.fetch_add(1, Ordering::Release);
        Ok(result)
    }

    /// As [`Self::write_quietly`], uncounted: for chunks, two a second.
    fn commit<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, OutboxError>,
    ) -> Result<T, OutboxError> {
        let mut link = self.link();
        let result = link.for_writing().and_then(|connection| transact(connection, work));
        if let Err(error) = &result
            && error.is_of_storage()
        {
            if error.is_corruption() {
                link.mark_damaged();
            }
            link.fail();
        }
        drop(link);
        if let (Err(OutboxError::DiskFull), Some(make_room)) = (&result, self.when_full.get()) {
            make_room();
        }
        result
    }

    /// What was done when it was opened, because it was damaged.
    #[must_use]
    pub fn salvaged(&self) -> Option<&Salvaged> {
        self.salvaged.as_deref()
    }

    /// Whether damage was met that the next start will repair.
    pub(crate) fn needs_salvage(&self) -> bool {
        self.link().is_marked()
    }

    /// A segment's bytes are not what they were: the next start salvages.
    fn mark_damaged(&self) {
        self.link().mark_damaged();
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        // A panic elsewhere leaves no half-done transaction: it was rolled back.
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn transact<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, OutboxError>,
) -> Result<T, OutboxError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let result = work(&transaction)?;
    transaction.commit()?;
    Ok(result)
}

/// All missing steps in one transaction: the old schema or the new one, nothing between.
pub(super) fn migrate_to(connection: &mut Connection, wanted: usize) -> Result<(), OutboxError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: u32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let missing = MIGRATIONS[..wanted.min(MIGRATIONS.len())]
        .get(version as usize..)
        .ok_or(OutboxError::Newer(version))?;
    if missing.is_empty() {
        return Ok(());
    }
    for step in missing {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", wanted as u32)?;
    Ok(transaction.commit()?)
}

#[cfg(test)]
mod fault_tests;
#[cfg(test)]
pub(crate) mod tests;
