//! Which data key seals a recording; the key itself is an object of its own.

use medrecord_common::ids::RecordingId;
use sqlx::PgExecutor;
use uuid::Uuid;

pub(crate) async fn insert(
    db: impl PgExecutor<'_>,
    recording: RecordingId,
    key: Uuid,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into recording_key (recording_id, key_id) values ($1, $2)",
        recording.0,
        key
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Another key in the place of one that was lost.
pub(crate) async fn replace(
    db: impl PgExecutor<'_>,
    recording: RecordingId,
    key: Uuid,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update recording_key set key_id = $2 where recording_id = $1 and destroyed_at is null",
        recording.0,
        key
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether a data key was destroyed; what would destroy it waits until this transaction ends. None: no row names it.
pub(crate) async fn hold(db: impl PgExecutor<'_>, key: Uuid) -> sqlx::Result<Option<bool>> {
    sqlx::query_scalar!(
        r#"select destroyed_at is not null as "is_destroyed!" from recording_key where key_id = $1
         for update"#,
        key
    )
    .fetch_optional(db)
    .await
}

/// The key of a recording that was not purged.
pub(crate) async fn find(
    db: impl PgExecutor<'_>,
    recording: RecordingId,
) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!(
        "select key_id from recording_key where recording_id = $1 and destroyed_at is null",
        recording.0
    )
    .fetch_optional(db)
    .await
}
