//! Table `chunk`: 500 ms of PCM each, durable before it is shown as recorded.

use medrecord_common::ids::RecordingId;
use rusqlite::{Connection, OptionalExtension as _};

use super::{Outbox, OutboxError, RecordingState, change, recording, rows, segment};

/// A recording that nobody stopped: the program ended while it ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    pub id: RecordingId,
    /// Where the recording's clock stood: the end of its last chunk, segment or gap.
    pub next_sample: u64,
    /// First sample of `pcm`; `next_sample` when there is none.
    pub pcm_start: u64,
    /// Durable samples that belong to no segment yet, without holes.
    pub pcm: Vec<i16>,
}

impl Outbox {
    /// Makes samples durable: one commit, synced to disk when this returns. A chunk that is there
    /// already is not written twice: its commit may have reached the disk although it failed.
    ///
    /// # Errors
    /// [`OutboxError::OutOfOrder`] when the samples do not follow the last chunk, or (the first one
    /// after a segment or gap) begin before its end; [`OutboxError::DiskFull`].
    pub fn append_chunk(
        &self,
        id: RecordingId,
        start_sample: u64,
        pcm: &[i16],
    ) -> Result<(), OutboxError> {
        if pcm.is_empty() {
            return Ok(());
        }
        self.commit(|transaction| {
            recording::require(transaction, id, RecordingState::Recording)?;
            if is_there(transaction, id, start_sample, pcm)? {
                return Ok(());
            }
            let expected = end(transaction, id)?;
            let after_chunk = last(transaction, id)?.is_some();
            if start_sample < expected || (after_chunk && start_sample != expected) {
                let start = start_sample;
                return Err(OutboxError::OutOfOrder { recording: id, start, expected });
            }
            insert(transaction, id, start_sample, pcm)
        })
    }

    /// All recordings that nobody stopped, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn unfinished(&self) -> Result<Vec<Unfinished>, OutboxError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id FROM recording WHERE state = 'recording' ORDER BY started_at",
            )?;
            let ids = statement.query_map([], |row| Ok(RecordingId(row.get(0)?)))?;
            ids.map(|id| unfinished(connection, id?)).collect()
        })
    }
}

fn unfinished(connection: &Connection, id: RecordingId) -> Result<Unfinished, OutboxError> {
    let next_sample = end(connection, id)?;
    let chunks = list(connection, id)?;
    let pcm_start = chunks.first().map_or(next_sample, |(start, _)| *start);
    let pcm = chunks.into_iter().flat_map(|(_, pcm)| pcm).collect();
    Ok(Unfinished { id, next_sample, pcm_start, pcm })
}

/// Chunks in order, as first sample and samples.
pub(super) fn list(
    connection: &Connection,
    id: RecordingId,
) -> Result<Vec<(u64, Vec<i16>)>, OutboxError> {
    let mut statement = connection
        .prepare_cached("SELECT start, pcm FROM chunk WHERE recording = ?1 ORDER BY start")?;
    let found = statement.query_map([id.0], |row| {
        let pcm = rows::read_pcm(row.get_ref(1)?.as_blob()?);
        Ok((rows::unsigned(row.get(0)?), pcm))
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn insert(
    connection: &Connection,
    id: RecordingId,
    start: u64,
    pcm: &[i16],
) -> Result<(), OutboxError> {
    connection
        .prepare_cached("INSERT INTO chunk (recording, start, pcm) VALUES (?1, ?2, ?3)")?
        .execute((id.0, rows::integer(start), rows::pcm_bytes(pcm)))?;
    Ok(())
}

fn is_there(
    connection: &Connection,
    id: RecordingId,
    start: u64,
    pcm: &[i16],
) -> Result<bool, OutboxError> {
    let sql = "SELECT pcm = ?3 FROM chunk WHERE recording = ?1 AND start = ?2";
    let same = connection
        .prepare_cached(sql)?
        .query_row((id.0, rows::integer(start), rows::pcm_bytes(pcm)), |row| row.get(0))
        .optional()?;
    Ok(same.unwrap_or(false))
}

pub(super) fn delete_all(connection: &Connection, id: RecordingId) -> Result<(), OutboxError> {
    connection.prepare_cached("DELETE FROM chunk WHERE recording = ?1")?.execute([id.0])?;
    Ok(())
}

/// The end of the last chunk, segment or gap, in samples.
pub(super) fn end(connection: &Connection, id: RecordingId) -> Result<u64, OutboxError> {
    let segments = segment::end(connection, id)?;
    let gaps = change::gaps(connection, id)?;
    let gaps = gaps.iter().map(|gap| gap.start + gap.samples).max().unwrap_or(0);
    let chunks = last(connection, id)?.unwrap_or(0);
    Ok(segments.max(gaps).max(chunks))
}

/// The end of the last chunk, if there is one.
fn last(connection: &Connection, id: RecordingId) -> Result<Option<u64>, OutboxError> {
    let end = connection
        .prepare_cached(
            "SELECT start + length(pcm) / 2 FROM chunk WHERE recording = ?1
             ORDER BY start DESC LIMIT 1",
        )?
        .query_row([id.0], |row| row.get(0))
        .optional()?;
    Ok(end.map(rows::unsigned))
}
