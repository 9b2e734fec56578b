//! What the workstation changed about a recording: append-only, numbered without holes.

use medrecord_common::ids::RecordingId;
use medrecord_common::recording::{Change, ChangeKind, Gap};
use sqlx::PgExecutor;
use sqlx::types::Json;

use super::{number, signed};

/// How many changes a recording has.
pub(crate) async fn count(db: impl PgExecutor<'_>, recording: RecordingId) -> sqlx::Result<u32> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from change where recording_id = $1"#,
        recording.0
    )
    .fetch_one(db)
    .await?;
    number(count)
}

pub(crate) async fn insert(
    db: impl PgExecutor<'_>,
    recording: RecordingId,
    change: &Change,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into change (recording_id, number, at, change) values ($1, $2, $3, $4)",
        recording.0,
        signed::<i32, _>(change.number)?,
        change.at,
        Json(&change.what) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The changes from a number on, in order.
pub(crate) async fn list(
    db: impl PgExecutor<'_>,
    recording: RecordingId,
    from: u32,
) -> sqlx::Result<Vec<Change>> {
    let rows = sqlx::query!(
        r#"select number, at, change as "change: Json<ChangeKind>" from change
         where recording_id = $1 and number >= $2 order by number"#,
        recording.0,
        signed::<i32, _>(from)?
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| Ok(Change { number: number(row.number)?, at: row.at, what: row.change.0 }))
        .collect()
}

/// The gaps among the changes, in the order of their numbers.
pub(crate) async fn gaps(
    db: impl PgExecutor<'_>,
    recording: RecordingId,
) -> sqlx::Result<Vec<Gap>> {
    let changes = list(db, recording, 0).await?;
    Ok(changes
        .into_iter()
        .filter_map(|change| match change.what {
            ChangeKind::Gap(gap) => Some(gap),
            _ => None,
        })
        .collect())
}
