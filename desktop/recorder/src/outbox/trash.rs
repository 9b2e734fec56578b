//! The trash: what was discarded can be restored for 30 days, then it is deleted for good.

use chrono::{DateTime, TimeDelta, Utc};
use medrecord_common::ids::{ClinicianId, RecordingId};

use super::recording::{COLUMNS, columns};
use super::{Outbox, OutboxError, StoredRecording, chunk, recording, rows};

/// Discarded recordings stay this long, here and on the server (design §6).
pub const TRASH: TimeDelta = TimeDelta::days(30);

/// A discarded recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrashEntry {
    pub recording: StoredRecording,
    pub discarded_at: DateTime<Utc>,
    /// Gaps included, pauses not.
    pub samples: u64,
}

impl Outbox {
    /// The discarded recordings of one clinician (none: those without an owner), the last one first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn trash(&self, owner: Option<ClinicianId>) -> Result<Vec<TrashEntry>, OutboxError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM recording WHERE owner IS ?1 AND discarded_at IS NOT NULL
                 ORDER BY discarded_at DESC, id DESC"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let found = statement.query_map([owner.map(|owner| owner.0)], columns)?;
            let found: Vec<StoredRecording> =
                found.map(|row| row?.read()).collect::<Result<_, OutboxError>>()?;
            let entries = found.into_iter().filter_map(|recording| {
                let discarded_at = recording.discarded_at?;
                let samples = chunk::end(connection, recording.id);
                Some(samples.map(|samples| TrashEntry { recording, discarded_at, samples }))
            });
            entries.collect()
        })
    }

    /// How many those are.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn trashed(&self, owner: Option<ClinicianId>) -> Result<u32, OutboxError> {
        self.read(|connection| {
            let sql = "SELECT count(*) FROM recording
                WHERE owner IS ?1 AND discarded_at IS NOT NULL";
            let mut statement = connection.prepare_cached(sql)?;
            Ok(statement.query_row([owner.map(|owner| owner.0)], |row| row.get(0))?)
        })
    }

    /// Deletes for good what was discarded [`TRASH`] ago, sent or not; returns whose. One of which the
    /// server has heard waits until the server knows that it was discarded, unless it takes nothing more.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn purge(&self, now: DateTime<Utc>) -> Result<Vec<RecordingId>, OutboxError> {
        let before = rows::time(now - TRASH);
        let due: Vec<RecordingId> = self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id FROM recording
                 WHERE discarded_at <= ?1 AND state <> 'recording'
                   AND (NOT offered OR wedged IS NOT NULL OR NOT EXISTS (
                        SELECT 1 FROM change WHERE recording = id AND sent_at IS NULL))",
            )?;
            let ids = statement.query_map([&before], |row| Ok(RecordingId(row.get(0)?)))?;
            Ok(ids.collect::<Result<_, _>>()?)
        })?;
        for id in &due {
            self.write(|transaction| {
                for table in ["original", "segment_audio", "segment", "chunk", "change"] {
                    let sql = format!("DELETE FROM {table} WHERE recording = ?1");
                    transaction.execute(&sql, [id.0])?;
                }
                transaction.execute("DELETE FROM recording WHERE id = ?1", [id.0])?;
                Ok(())
            })?;
        }
        Ok(due)
    }

    /// The recording as the server is about to be told of it: from now on it may know it.
    pub(crate) fn offer(&self, id: RecordingId) -> Result<StoredRecording, OutboxError> {
        self.write_quietly(|transaction| {
            recording::state(transaction, id)?;
            transaction.execute("UPDATE recording SET offered = 1 WHERE id = ?1", [id.0])?;
            Ok(())
        })?;
        self.recording(id)
    }
}

#[cfg(test)]
mod tests;
