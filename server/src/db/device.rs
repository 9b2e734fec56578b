//! Enrolled workstations.

use chrono::{DateTime, Utc};
use medrecord_common::auth::Enrol;
use medrecord_common::ids::DeviceId;
use sqlx::PgExecutor;

pub(crate) async fn insert(
    db: impl PgExecutor<'_>,
    id: DeviceId,
    enrol: &Enrol,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into device (id, name, platform, version, enrolled_at, last_seen_at)
         values ($1, $2, $3, $4, $5, $5)",
        id.0,
        enrol.device_name,
        enrol.platform,
        enrol.version,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Renews the name and version of a device that is enrolled; false when there is none that holds.
pub(crate) async fn renew(
    db: impl PgExecutor<'_>,
    id: DeviceId,
    enrol: &Enrol,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update device set name = $2, platform = $3, version = $4, last_seen_at = $5
         where id = $1 and revoked_at is null",
        id.0,
        enrol.device_name,
        enrol.platform,
        enrol.version,
        now
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that the device was heard of; written at most once a minute.
pub(crate) async fn touch(
    db: impl PgExecutor<'_>,
    id: DeviceId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update device set last_seen_at = $2
         where id = $1 and last_seen_at < $2::timestamptz - interval '1 minute'",
        id.0,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}
