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

/// The place before everything that is not yet delivered.
pub(crate) async fn end(db: impl PgExecutor<'_>) -> sqlx::Result<Cursor> {
    let xid =
        sqlx::query_scalar!(r#"select pg_snapshot_xmin(pg_current_snapshot())::text as "xid!""#)
            .fetch_one(db)
            .await?;
    Ok(Cursor { xid: xid.parse().map_err(|_| sqlx::Error::Decode("xid8".into()))?, id: 0 })
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
        let xid = self.xid.parse().map_err(|_| sqlx::Error::Decode("xid8".into()))?;
        let event = Event {
            kind: from_word(self.kind)?,
            recording: self.recording_id.map(RecordingId),
            note: self.note_id.map(NoteId),
            at: self.at,
        };
        Ok((Cursor { xid, id: number(self.id)? }, self.clinician_id.into(), event))
    }
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
