//! Tables `segment` and `segment_audio`: what was cut, encoded, and is sent.

use chrono::{DateTime, Utc};
use medrecord_common::ids::RecordingId;
use medrecord_common::manifest;
use medrecord_common::segment::{Digest, SegmentHeader};
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::{Outbox, OutboxError, RecordingState, change, chunk, original, recording, rows};

/// A segment without its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentEntry {
    pub seq: u32,
    pub header: SegmentHeader,
    pub digest: Digest,
    /// Whether the server acknowledged it.
    pub sent: bool,
}

/// A segment with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSegment {
    pub header: SegmentHeader,
    pub digest: Digest,
    pub flac: Vec<u8>,
}

impl Outbox {
    /// One transaction: the segment in, all chunks out, `rest` (durable samples after the cut) back in
    /// as a chunk. Returns the segment's number; of the one that is there when it is the same.
    ///
    /// # Errors
    /// [`OutboxError::OutOfOrder`] when the segment begins before the end of the one before;
    /// [`OutboxError::DiskFull`]. The chunks are then as they were.
    pub fn cut_segment(
        &self,
        id: RecordingId,
        header: SegmentHeader,
        flac: &[u8],
        digest: Digest,
        rest: &[i16],
    ) -> Result<u32, OutboxError> {
        self.write(|transaction| {
            recording::require(transaction, id, RecordingState::Recording)?;
            if let Some(seq) = find_same(transaction, id, header, digest)? {
                return Ok(seq);
            }
            let expected = end(transaction, id)?;
            if header.start < expected {
                let start = header.start;
                return Err(OutboxError::OutOfOrder { recording: id, start, expected });
            }
            let seq: u32 = transaction.query_row(
                "SELECT count(*) FROM segment WHERE recording = ?1",
                [id.0],
                |row| row.get(0),
            )?;
            transaction.execute(
                "INSERT INTO segment (recording, seq, start, samples, speech, peak, sha256)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                (
                    id.0,
                    seq,
                    rows::integer(header.start),
                    header.samples,
                    header.speech,
                    header.peak,
                    digest.0,
                ),
            )?;
            transaction.execute(
                "INSERT INTO segment_audio (recording, seq, flac) VALUES (?1, ?2, ?3)",
                (id.0, seq, flac),
            )?;
            chunk::delete_all(transaction, id)?;
            if !rest.is_empty() {
                chunk::insert(transaction, id, header.start + u64::from(header.samples), rest)?;
            }
            Ok(seq)
        })
    }

    /// A segment with its bytes.
    ///
    /// # Errors
    /// [`OutboxError::UnknownRecording`] when there is no such segment,
    /// [`OutboxError::AudioReleased`] when its audio was deleted after the retention time.
    pub fn segment(&self, id: RecordingId, seq: u32) -> Result<StoredSegment, OutboxError> {
        let stored = self.read(|connection| {
            let sql = "SELECT seq, start, samples, speech, peak, sha256, sent_at IS NOT NULL, flac
                 FROM segment LEFT JOIN segment_audio USING (recording, seq)
                 WHERE recording = ?1 AND seq = ?2";
            let (entry, flac) = connection
                .prepare_cached(sql)?
                .query_row((id.0, seq), |row| Ok((entry(row)?, row.get::<_, Option<_>>(7)?)))
                .optional()?
                .ok_or(OutboxError::UnknownRecording(id))?;
            let flac = flac.ok_or(OutboxError::AudioReleased(id))?;
            Ok(StoredSegment { header: entry.header, digest: entry.digest, flac })
        })?;
        if Digest::of(&stored.flac) != stored.digest {
            self.mark_damaged();
            return Err(OutboxError::Damaged(id));
        }
        Ok(stored)
    }

    /// All segments of a recording, in order, without their bytes.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn segments(&self, id: RecordingId) -> Result<Vec<SegmentEntry>, OutboxError> {
        self.read(|connection| list(connection, id))
    }

    /// The server acknowledged a segment.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn segment_sent(
        &self,
        id: RecordingId,
        seq: u32,
        at: DateTime<Utc>,
    ) -> Result<(), OutboxError> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE segment SET sent_at = coalesce(sent_at, ?3)
                 WHERE recording = ?1 AND seq = ?2",
                (id.0, seq, rows::time(at)),
            )?;
            Ok(())
        })
    }

    /// The manifest of a recording as it stands.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn manifest(&self, id: RecordingId) -> Result<String, OutboxError> {
        self.read(|connection| manifest_text(connection, id))
    }
}

pub(super) fn manifest_text(
    connection: &Connection,
    id: RecordingId,
) -> Result<String, OutboxError> {
    let segments: Vec<_> =
        list(connection, id)?.iter().map(|entry| (entry.header, entry.digest)).collect();
    Ok(manifest::text(&segments, &change::gaps(connection, id)?))
}

pub(super) fn list(
    connection: &Connection,
    id: RecordingId,
) -> Result<Vec<SegmentEntry>, OutboxError> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, start, samples, speech, peak, sha256, sent_at IS NOT NULL
         FROM segment WHERE recording = ?1 ORDER BY seq",
    )?;
    let found = statement.query_map([id.0], entry)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// The number of a segment whose commit reached the disk although it failed.
fn find_same(
    connection: &Connection,
    id: RecordingId,
    header: SegmentHeader,
    digest: Digest,
) -> Result<Option<u32>, OutboxError> {
    let sql = "SELECT seq FROM segment
         WHERE recording = ?1 AND start = ?2 AND samples = ?3 AND sha256 = ?4";
    let found = connection
        .prepare_cached(sql)?
        .query_row((id.0, rows::integer(header.start), header.samples, digest.0), |row| row.get(0))
        .optional()?;
    Ok(found)
}

/// The end of the last segment, in samples.
pub(super) fn end(connection: &Connection, id: RecordingId) -> Result<u64, OutboxError> {
    let end = connection
        .prepare_cached(
            "SELECT coalesce(max(start + samples), 0) FROM segment WHERE recording = ?1",
        )?
        .query_row([id.0], |row| row.get(0))?;
    Ok(rows::unsigned(end))
}

/// The acknowledged audio of a recording is deleted, with the file it came from; headers and digests stay.
pub(super) fn delete_audio(connection: &Connection, id: RecordingId) -> Result<(), OutboxError> {
    connection.execute("DELETE FROM segment_audio WHERE recording = ?1", [id.0])?;
    original::delete(connection, id)
}

fn entry(row: &Row<'_>) -> rusqlite::Result<SegmentEntry> {
    Ok(SegmentEntry {
        seq: row.get(0)?,
        header: SegmentHeader {
            start: rows::unsigned(row.get(1)?),
            samples: row.get(2)?,
            speech: row.get(3)?,
            peak: row.get(4)?,
        },
        digest: Digest(row.get(5)?),
        sent: row.get(6)?,
    })
}
