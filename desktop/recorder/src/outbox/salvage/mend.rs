//! Makes the copied rows whole again: what is missing becomes a gap, and numbers follow each other.

use chrono::{DateTime, Utc};
use medrecord_common::audio::flac;
use medrecord_common::ids::RecordingId;
use medrecord_common::recording::{ChangeKind, CreateRecording, Gap, GapReason};
use medrecord_common::segment::{Digest, SegmentHeader};
use rusqlite::{Connection, Transaction};
use uuid::Uuid;

use crate::outbox::{
    OutboxError, RecordingState, SegmentEntry, change, chunk, recording, rows, segment,
};

/// How long a segment is taken to have been of which nothing is left, in samples: 10 s, the shortest that the
/// cutting rule makes of speech that goes on.
const UNKNOWN: u64 = 160_000;

/// All in one transaction; returns the recordings that were not whole.
pub(super) fn mend(
    connection: &mut Connection,
    at: DateTime<Utc>,
) -> Result<Vec<RecordingId>, OutboxError> {
    let transaction = connection.transaction()?;
    let mut mended = make_missing_recordings(&transaction)?;
    transaction.execute(
        "UPDATE recording SET owner = NULL WHERE owner NOT IN (SELECT clinician FROM account)",
        [],
    )?;
    transaction.execute(
        "DELETE FROM receipt_key WHERE clinician NOT IN (SELECT clinician FROM account)",
        [],
    )?;
    for id in ids(&transaction, "SELECT id FROM recording ORDER BY started_at")? {
        let one = One { transaction: &transaction, id, at };
        if one.mend()? && !mended.contains(&id) {
            mended.push(id);
        }
    }
    for id in &mended {
        transaction.execute("UPDATE recording SET recovered = 1 WHERE id = ?1", [id.0])?;
    }
    transaction.commit()?;
    Ok(mended)
}

/// Audio without a recording's row gets one: its id says when it began; all else is lost. It belongs to the
/// only clinician here, else to nobody yet.
fn make_missing_recordings(transaction: &Transaction<'_>) -> Result<Vec<RecordingId>, OutboxError> {
    let missing = ids(
        transaction,
        "SELECT recording FROM segment_audio UNION SELECT recording FROM segment
         UNION SELECT recording FROM chunk EXCEPT SELECT id FROM recording",
    )?;
    for id in &missing {
        let create = CreateRecording::dictation(began(id.0));
        transaction.execute(
            "INSERT INTO recording (id, owner, started_at, body, state)
             VALUES (?1, CASE WHEN (SELECT count(*) FROM account) = 1
                 THEN (SELECT clinician FROM account) END, ?2, ?3,
                 CASE WHEN EXISTS (SELECT 1 FROM chunk WHERE recording = ?1)
                 THEN 'recording' ELSE 'finished' END)",
            (id.0, rows::time(create.started_at), rows::json(&create)),
        )?;
    }
    Ok(missing)
}

/// A UUIDv7 begins with the milliseconds since 1970.
fn began(id: Uuid) -> DateTime<Utc> {
    let time = id.get_timestamp().map(|time| time.to_unix());
    time.and_then(|(seconds, nanos)| DateTime::from_timestamp(seconds as i64, nanos))
        .unwrap_or_default()
}

fn ids(transaction: &Transaction<'_>, sql: &str) -> Result<Vec<RecordingId>, OutboxError> {
    let mut statement = transaction.prepare(sql)?;
    let ids = statement.query_map([], |row| Ok(RecordingId(row.get(0)?)))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

struct One<'a> {
    transaction: &'a Transaction<'a>,
    id: RecordingId,
    at: DateTime<Utc>,
}

impl One<'_> {
    /// Answers whether it was not whole.
    fn mend(&self) -> Result<bool, OutboxError> {
        let state = recording::state(self.transaction, self.id)?;
        if state == RecordingState::Released {
            self.execute("DELETE FROM segment_audio WHERE recording = ?1")?;
            return Ok(false);
        }
        let mut mended = self.number_changes()?;
        mended |= self.find_headers()?;
        mended |= self.drop_without_audio(state)?;
        mended |= self.settle_chunks(state)?;
        if matches!(state, RecordingState::Recording | RecordingState::Finished) {
            mended |= self.fill_with_gaps()?;
        }
        Ok(mended)
    }

    /// Changes are numbered without holes. One that the server has keeps its number; what stood before it
    /// and is lost, the server has too: a mark that is never sent takes its place.
    fn number_changes(&self) -> Result<bool, OutboxError> {
        let (mut next, mut mended) = (0, false);
        for stored in change::list(self.transaction, self.id)? {
            let number = stored.change.number;
            while stored.sent && next < number {
                let mark = rows::json(&ChangeKind::Marker { sample: 0 });
                self.transaction.execute(
                    "INSERT INTO change (recording, number, at, body, sent_at)
                     VALUES (?1, ?2, ?3, ?4, ?3)",
                    (self.id.0, next, rows::time(self.at), mark),
                )?;
                (next, mended) = (next + 1, true);
            }
            if number != next {
                let sql = "UPDATE change SET number = ?3 WHERE recording = ?1 AND number = ?2";
                self.transaction.execute(sql, (self.id.0, number, next))?;
                mended = true;
            }
            next += 1;
        }
        Ok(mended)
    }

    /// A segment whose row is lost, but not its audio: it followed the one before, or went before the next.
    /// When neither is there either, it stands after all that went before.
    fn find_headers(&self) -> Result<bool, OutboxError> {
        let mut statement = self.transaction.prepare(
            "SELECT seq, flac FROM segment_audio LEFT JOIN segment USING (recording, seq)
             WHERE recording = ?1 AND start IS NULL ORDER BY seq",
        )?;
        let found = statement.query_map([self.id.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let orphans: Vec<(u32, Vec<u8>)> = found.collect::<Result<_, _>>()?;
        let mended = !orphans.is_empty();
        let mut left = Vec::new();
        for (seq, flac) in orphans {
            match flac::decode(&flac) {
                Ok(pcm) => left.push((seq, flac, pcm)),
                Err(_) => self.delete_audio(seq)?,
            }
        }
        while !left.is_empty() {
            let known = segment::list(self.transaction, self.id)?;
            let place = left.iter().position(|(seq, ..)| {
                *seq == 0 || known.iter().any(|entry| entry.seq.abs_diff(*seq) == 1)
            });
            let (seq, flac, pcm) = left.remove(place.unwrap_or(0));
            let start = self.start_of(seq, pcm.len() as u64, &known)?;
            self.insert_segment(seq, header(start, &pcm), &flac)?;
        }
        Ok(mended)
    }

    fn start_of(&self, seq: u32, samples: u64, known: &[SegmentEntry]) -> Result<u64, OutboxError> {
        let last = known.iter().rfind(|entry| entry.seq < seq);
        let is_next = |entry: &&SegmentEntry| entry.seq == seq + 1;
        if let Some(next) = known.iter().find(is_next)
            && seq > 0
            && last.is_none_or(|last| last.seq + 1 != seq)
        {
            return Ok(next.header.start.saturating_sub(samples));
        }
        let mut start = last.map_or(0, |last| last.header.end());
        let lost = seq - last.map_or(0, |last| last.seq + 1);
        start += u64::from(lost) * UNKNOWN;
        for gap in change::gaps(self.transaction, self.id)? {
            if gap.start == start {
                start += gap.samples;
            }
        }
        Ok(start)
    }

    /// A segment without audio that the server has not got is no segment any more.
    fn drop_without_audio(&self, state: RecordingState) -> Result<bool, OutboxError> {
        let lost = "recording = ?1 AND seq NOT IN
             (SELECT seq FROM segment_audio WHERE recording = ?1)";
        let sql = format!("SELECT count(*) FROM segment WHERE {lost}");
        let count: u32 = self.transaction.query_row(&sql, [self.id.0], |row| row.get(0))?;
        if state != RecordingState::Acknowledged {
            self.execute(&format!("DELETE FROM segment WHERE {lost} AND sent_at IS NULL"))?;
            self.number_segments()?;
        }
        Ok(count > 0)
    }

    /// As long as the server has none of those that follow, they take the lost one's number.
    fn number_segments(&self) -> Result<(), OutboxError> {
        let entries = segment::list(self.transaction, self.id)?;
        let first_free = entries.iter().rposition(|entry| entry.sent).map_or(0, |last| last + 1);
        let next = entries[..first_free].last().map_or(0, |entry| entry.seq + 1);
        for (next, entry) in (next..).zip(&entries[first_free..]) {
            for table in ["segment", "segment_audio"] {
                let sql = format!("UPDATE {table} SET seq = ?3 WHERE recording = ?1 AND seq = ?2");
                self.transaction.execute(&sql, (self.id.0, entry.seq, next))?;
            }
        }
        Ok(())
    }

    /// Chunks that are in a segment already go; those before a hole become a segment, for capture goes on
    /// from samples without holes.
    fn settle_chunks(&self, state: RecordingState) -> Result<bool, OutboxError> {
        let end = segment::end(self.transaction, self.id)?;
        let chunks = chunk::list(self.transaction, self.id)?;
        let mut runs: Vec<(u64, Vec<i16>)> = Vec::new();
        for (start, pcm) in chunks.iter().filter(|(start, _)| *start >= end) {
            match runs.last_mut() {
                Some((first, run)) if *first + run.len() as u64 == *start => run.extend(pcm),
                _ => runs.push((*start, pcm.clone())),
            }
        }
        let last = if state == RecordingState::Recording { runs.pop() } else { None };
        let whole = runs.is_empty() && chunks.first().is_none_or(|(start, _)| *start >= end);
        if whole && (last.is_some() || chunks.is_empty()) {
            return Ok(false);
        }
        chunk::delete_all(self.transaction, self.id)?;
        for (start, pcm) in &runs {
            let seq =
                segment::list(self.transaction, self.id)?.last().map_or(0, |last| last.seq + 1);
            let flac = flac::encode(pcm).map_err(|_| OutboxError::Undecodable(self.id))?;
            self.insert_segment(seq, header(*start, pcm), &flac)?;
            self.insert_audio(seq, &flac)?;
        }
        if let Some((start, pcm)) = last {
            chunk::insert(self.transaction, self.id, start, &pcm)?;
        }
        Ok(true)
    }

    /// Every sample belongs to a segment, a chunk or a gap.
    fn fill_with_gaps(&self) -> Result<bool, OutboxError> {
        let segments = segment::list(self.transaction, self.id)?;
        let segments = segments.iter().map(|entry| (entry.header.start, entry.header.end()));
        let gaps = change::gaps(self.transaction, self.id)?;
        let gaps = gaps.iter().map(|gap| (gap.start, gap.start + gap.samples));
        let chunks = chunk::list(self.transaction, self.id)?;
        let chunks = chunks.iter().map(|(start, pcm)| (*start, start + pcm.len() as u64));
        let mut covered: Vec<_> = segments.chain(gaps).chain(chunks).collect();
        covered.sort_unstable();
        let (mut clock, mut mended) = (0, false);
        for (start, end) in covered {
            if start > clock {
                let gap = Gap { start: clock, samples: start - clock, reason: GapReason::Disk };
                self.transaction.execute(
                    "INSERT INTO change (recording, number, at, body)
                     SELECT ?1, count(*), ?2, ?3 FROM change WHERE recording = ?1",
                    (self.id.0, rows::time(self.at), rows::json(&ChangeKind::Gap(gap))),
                )?;
                mended = true;
            }
            clock = clock.max(end);
        }
        Ok(mended)
    }

    fn insert_segment(
        &self,
        seq: u32,
        header: SegmentHeader,
        flac: &[u8],
    ) -> Result<(), OutboxError> {
        let SegmentHeader { start, samples, speech, peak } = header;
        self.transaction.execute(
            "INSERT INTO segment (recording, seq, start, samples, speech, peak, sha256)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (self.id.0, seq, rows::integer(start), samples, speech, peak, Digest::of(flac).0),
        )?;
        Ok(())
    }

    fn insert_audio(&self, seq: u32, flac: &[u8]) -> Result<(), OutboxError> {
        let sql = "INSERT INTO segment_audio (recording, seq, flac) VALUES (?1, ?2, ?3)";
        self.transaction.execute(sql, (self.id.0, seq, flac))?;
        Ok(())
    }

    fn delete_audio(&self, seq: u32) -> Result<(), OutboxError> {
        let sql = "DELETE FROM segment_audio WHERE recording = ?1 AND seq = ?2";
        self.transaction.execute(sql, (self.id.0, seq))?;
        Ok(())
    }

    fn execute(&self, sql: &str) -> Result<(), OutboxError> {
        self.transaction.execute(sql, [self.id.0])?;
        Ok(())
    }
}

/// What was heard in it is not known any more: all of it counts as speech, so that it is transcribed.
fn header(start: u64, pcm: &[i16]) -> SegmentHeader {
    let samples = u32::try_from(pcm.len()).unwrap_or(u32::MAX);
    let peak = pcm.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
    SegmentHeader { start, samples, speech: samples, peak }
}
