//! Segments: what was measured, and the digest of the bytes that the object store holds.

use chrono::{DateTime, Utc};
use medrecord_common::ids::{ClinicianId, RecordingId};
use medrecord_common::segment::{Digest, SegmentHeader};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::{digest, number, signed};

/// A segment as stored; never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentRow {
    pub(crate) seq: u32,
    pub(crate) header: SegmentHeader,
    pub(crate) digest: Digest,
}

/// Inserts a segment; false when the number is taken.
pub(crate) async fn insert(
    db: impl PgExecutor<'_>,
    recording: RecordingId,
    segment: &SegmentRow,
    size_bytes: usize,
) -> sqlx::Result<bool> {
    let SegmentHeader { start, samples, speech, peak } = segment.header;
    let done = sqlx::query!(
        "insert into segment
            (recording_id, seq, start, samples, speech, peak, sha256, size_bytes)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (recording_id, seq) do nothing",
        recording.0,
        signed::<i32, _>(segment.seq)?,
        signed::<i64, _>(start)?,
        signed::<i32, _>(samples)?,
        signed::<i32, _>(speech)?,
        i32::from(peak),
        segment.digest.0.as_slice(),
        signed::<i32, _>(size_bytes)?,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A segment, and whether a restore lost its object.
pub(crate) async fn find(
    db: impl PgExecutor<'_>,
    recording: RecordingId,
    seq: u32,
) -> sqlx::Result<Option<(SegmentRow, bool)>> {
    let row = sqlx::query!(
        r#"select seq, start, samples, speech, peak, sha256, missing_at is not null as "is_missing!"
         from segment where recording_id = $1 and seq = $2"#,
        recording.0,
        signed::<i32, _>(seq)?
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        let (seq, start, samples, speech) = (row.seq, row.start, row.samples, row.speech);
        let segment = Row { seq, start, samples, speech, peak: row.peak, sha256: row.sha256 };
        Ok((segment.try_into()?, row.is_missing))
    })
    .transpose()
}

/// Where a segment is to go.
pub(crate) struct Place {
    /// The recording has its receipt.
    pub(crate) is_complete: bool,
    /// The recording's data key; none when it was purged.
    pub(crate) key: Option<Uuid>,
    /// What has the number already, and whether a restore lost its object.
    pub(crate) before: Option<(SegmentRow, bool)>,
}

/// The place of a segment in a clinician's recording; `None` when the recording is not theirs.
pub(crate) async fn place(
    db: impl PgExecutor<'_>,
    recording: RecordingId,
    clinician: ClinicianId,
    seq: u32,
) -> sqlx::Result<Option<Place>> {
    let row = sqlx::query!(
        r#"select r.completed_at is not null as "is_complete!", k.key_id as "key?",
            s.seq as "seq?", s.start as "start?", s.samples as "samples?", s.speech as "speech?",
            s.peak as "peak?", s.sha256 as "sha256?", s.missing_at is not null as "is_missing!"
         from recording r
         left join recording_key k on k.recording_id = r.id and k.destroyed_at is null
         left join segment s on s.recording_id = r.id and s.seq = $3
         where r.id = $1 and r.clinician_id = $2"#,
        recording.0,
        clinician.0,
        signed::<i32, _>(seq)?
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let stored = (|| {
        let (seq, start, samples, speech) = (row.seq?, row.start?, row.samples?, row.speech?);
        Some(Row { seq, start, samples, speech, peak: row.peak?, sha256: row.sha256? })
    })();
    let before = stored.map(SegmentRow::try_from).transpose()?;
    let before = before.map(|segment| (segment, row.is_missing));
    Ok(Some(Place { is_complete: row.is_complete, key: row.key, before }))
}

/// Recordings that got a segment since then.
pub(crate) async fn recordings_since(
    db: impl PgExecutor<'_>,
    since: DateTime<Utc>,
) -> sqlx::Result<Vec<RecordingId>> {
    let ids = sqlx::query_scalar!(
        "select distinct recording_id from segment where received_at >= $1",
        since
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().map(RecordingId).collect())
}

/// Their objects are gone; they are to be sent again.
pub(crate) async fn set_missing(
    db: impl PgExecutor<'_>,
    recording: RecordingId,
    seqs: &[u32],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let seqs = seqs.iter().copied().map(signed).collect::<sqlx::Result<Vec<i32>>>()?;
    sqlx::query!(
        "update segment set missing_at = $3 where recording_id = $1 and seq = any($2)",
        recording.0,
        &seqs,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Its object is there again.
pub(crate) async fn set_found(
    db: impl PgExecutor<'_>,
    recording: RecordingId,
    seq: u32,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update segment set missing_at = null where recording_id = $1 and seq = $2",
        recording.0,
        signed::<i32, _>(seq)?
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Numbers of the segments whose objects are gone.
pub(crate) async fn missing(
    db: impl PgExecutor<'_>,
    recording: RecordingId,
) -> sqlx::Result<Vec<u32>> {
    let seqs = sqlx::query_scalar!(
        "select seq from segment where recording_id = $1 and missing_at is not null order by seq",
        recording.0
    )
    .fetch_all(db)
    .await?;
    seqs.into_iter().map(number).collect()
}

/// All segments of a recording, in order.
pub(crate) async fn list(
    db: impl PgExecutor<'_>,
    recording: RecordingId,
) -> sqlx::Result<Vec<SegmentRow>> {
    let rows = sqlx::query_as!(
        Row,
        "select seq, start, samples, speech, peak, sha256 from segment
         where recording_id = $1 order by seq",
        recording.0
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(SegmentRow::try_from).collect()
}

/// The numbers that a clinician's recording has; `None` when it is not theirs. With it: is it complete.
pub(crate) async fn numbers(
    db: impl PgExecutor<'_>,
    recording: RecordingId,
    clinician: ClinicianId,
) -> sqlx::Result<Option<(Vec<u32>, bool)>> {
    let row = sqlx::query!(
        r#"select completed_at is not null as "complete!",
            (select coalesce(array_agg(seq order by seq), '{}') from segment
             where recording_id = r.id and missing_at is null) as "numbers!"
         from recording r where id = $1 and clinician_id = $2"#,
        recording.0,
        clinician.0
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        let numbers = row.numbers.into_iter().map(number).collect::<sqlx::Result<_>>()?;
        Ok((numbers, row.complete))
    })
    .transpose()
}

struct Row {
    seq: i32,
    start: i64,
    samples: i32,
    speech: i32,
    peak: i32,
    sha256: Vec<u8>,
}

impl TryFrom<Row> for SegmentRow {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let header = SegmentHeader {
            start: number(row.start)?,
            samples: number(row.samples)?,
            speech: number(row.speech)?,
            peak: number(row.peak)?,
        };
        Ok(Self { seq: number(row.seq)?, header, digest: digest(row.sha256)? })
    }
}
