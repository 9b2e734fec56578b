//! What clients are told. A row is delivered once no older transaction can still commit before it.

use chrono::{DateTime, Utc};
use medrecord_common::event::{Event, EventKind};
use medrecord_common::ids::{ClinicianId, NoteId, RecordingId};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::{from_word, number};

/// A place in the stream: transaction and number. Only whole transactions are passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cursor {
    pub(crate) xid: u64,
    pub(crate) id: u64,
}

pub(crate) async fn insert(
    db: impl PgExecutor<'_>,
    clinician: ClinicianId,
    kind: EventKind,
    recording: Option<RecordingId>,
    note: Option<NoteId>,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into event (clinician_id, kind, recording_id, note_id, at)
         values ($1, $2, $3, $4, $5)",
        clinician.0,
        kind.as_str(),
        recording.map(|id| id.0),
        note.map(|id| id.0),
        at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The place of the last event that may be delivered: everything that is not yet delivered comes after it. Without any
/// event the place before all of them, which [`is_kept`] does not know.
pub(crate) async fn end(db: impl PgExecutor<'_>) -> sqlx::Result<Cursor> {
    let last = sqlx::query!(
        r#"select xid::text as "xid!", id from event
         where xid < pg_snapshot_xmin(pg_current_snapshot())
         order by event.xid desc, event.id desc limit 1"#
    )
    .fetch_optional(db)
    .await?;
    last.map_or(Ok(Cursor { xid: 0, id: 0 }), |row| place(&row.xid, row.id))
}

/// Whether a place is that of an event after this time that is here and may have been delivered.
///
/// A database that was restored from a backup lacks the event, or has another transaction's under its number. Where
/// transactions are counted anew the event may be here and stand above all that are to come.
pub(crate) async fn is_kept(
    db: impl PgExecutor<'_>,
    cursor: Cursor,
    after: DateTime<Utc>,
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from event
            where id = $1 and xid = $2::text::xid8 and at > $3
              and xid < pg_snapshot_xmin(pg_current_snapshot())) as "is_kept!""#,
        i64::try_from(cursor.id).unwrap_or(i64::MAX),
        cursor.xid.to_string(),
        after
    )
    .fetch_one(db)
    .await
}

/// Deletes those of the first events that are of this time or before, and says how many; fewer than the batch when
/// no more are left, or another server is at them.
///
/// By number, which grows with time also where transactions are counted anew.
pub(crate) async fn delete_old(
    db: impl PgExecutor<'_>,
    before: DateTime<Utc>,
    batch: u32,
) -> sqlx::Result<u64> {
    let deleted = sqlx::query!(
        "with oldest as materialized (
            select id, at from event order by id limit $2 for update skip locked)
         delete from event using oldest where event.id = oldest.id and oldest.at <= $1",
        before,
        i64::from(batch)
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}

/// The next events after a place, in order.
pub(crate) async fn after(
    db: impl PgExecutor<'_>,
    clinician: ClinicianId,
    cursor: Cursor,
) -> sqlx::Result<Vec<(Cursor, Event)>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select xid::text as "xid!", id, clinician_id, kind, recording_id, note_id, at from event
         where clinician_id = $1 and (xid, id) > ($2::text::xid8, $3)
           and xid < pg_snapshot_xmin(pg_current_snapshot())
         order by event.xid, event.id limit 200"#,
        clinician.0,
        cursor.xid.to_string(),
        i64::try_from(cursor.id).unwrap_or(i64::MAX)
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Row::read).map(|row| row.map(|(at, _, event)| (at, event))).collect()
}

/// The next events of everybody after a place, in order.
pub(crate) async fn all_after(
    db: impl PgExecutor<'_>,
    cursor: Cursor,
) -> sqlx::Result<Vec<(Cursor, ClinicianId, Event)>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select xid::text as "xid!", id, clinician_id, kind, recording_id, note_id, at from event
         where (xid, id) > ($1::text::xid8, $2)
           and xid < pg_snapshot_xmin(pg_current_snapshot())
         order by event.xid, event.id limit 500"#,
        cursor.xid.to_string(),
        i64::try_from(cursor.id).unwrap_or(i64::MAX)
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

struct Row {
    xid: String,
    id: i64,
    clinician_id: Uuid,
    kind: String,
    recording_id: Option<Uuid>,
    note_id: Option<Uuid>,
    at: DateTime<Utc>,
}

impl Row {
    fn read(self) -> sqlx::Result<(Cursor, ClinicianId, Event)> {
        let place = place(&self.xid, self.id)?;
        let event = Event {
            kind: from_word(self.kind)?,
            recording: self.recording_id.map(RecordingId),
            note: self.note_id.map(NoteId),
            at: self.at,
        };
        Ok((place, self.clinician_id.into(), event))
    }
}

fn place(xid: &str, id: i64) -> sqlx::Result<Cursor> {
    let xid = xid.parse().map_err(|_| sqlx::Error::Decode("xid8".into()))?;
    Ok(Cursor { xid, id: number(id)? })
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.xid, self.id)
    }
}

impl std::str::FromStr for Cursor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (xid, id) = text.split_once('-').ok_or("XID-ID")?;
        let number = |text: &str| text.parse().map_err(|_| "XID-ID");
        Ok(Self { xid: number(xid)?, id: number(id)? })
    }
}
