//! The one row that says which epoch this database is in.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use super::{number, signed};
use crate::epoch::Mark;

/// An epoch as the database has it.
pub(crate) struct EpochRow {
    pub(crate) mark: Mark,
    pub(crate) began_at: DateTime<Utc>,
    /// Whether workstations may be told of it.
    pub(crate) is_checked: bool,
}

/// The epoch, if one has begun; locked until the end of the transaction, so that servers look one after the other.
pub(crate) async fn lock(db: impl PgExecutor<'_>) -> sqlx::Result<Option<EpochRow>> {
    let row = sqlx::query!(
        r#"select id, generation, beat, began_at, checked_at is not null as "is_checked!"
         from epoch for update"#
    )
    .fetch_optional(db)
    .await?;
    row.filter(|row| row.generation > 0)
        .map(|row| {
            let mark =
                Mark { id: row.id, generation: number(row.generation)?, beat: number(row.beat)? };
            Ok(EpochRow { mark, began_at: row.began_at, is_checked: row.is_checked })
        })
        .transpose()
}

/// Puts a mark in the place of the one that is there; a new epoch begins unchecked.
pub(crate) async fn put(
    db: impl PgExecutor<'_>,
    mark: &Mark,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into epoch (id, generation, beat, began_at) values ($1, $2, $3, $4)
         on conflict (only_one) do update set
            began_at = case when epoch.id = excluded.id then epoch.began_at else excluded.began_at end,
            checked_at = case when epoch.id = excluded.id then epoch.checked_at end,
            id = excluded.id, generation = excluded.generation, beat = excluded.beat",
        mark.id,
        signed::<i32, _>(mark.generation)?,
        signed::<i64, _>(mark.beat)?,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Its objects were looked at.
pub(crate) async fn set_checked(
    db: impl PgExecutor<'_>,
    id: uuid::Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!("update epoch set checked_at = $2 where id = $1", id, now).execute(db).await?;
    Ok(())
}
