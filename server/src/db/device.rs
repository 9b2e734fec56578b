//! Enrolled workstations.

use chrono::{DateTime, TimeDelta, Utc};
use medrecord_common::auth::Enrol;
use medrecord_common::ids::{ClinicianId, DeviceId};
use sqlx::{PgConnection, PgExecutor};

/// Enrols a device, or again one that was revoked or that a restored backup does not know: who has a clinician's
/// password may enrol any workstation. Its name stays as people gave it here.
pub(crate) async fn enrol(
    db: impl PgExecutor<'_>,
    id: DeviceId,
    enrol: &Enrol,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into device (id, name, platform, version, enrolled_at, last_seen_at)
         values ($1, $2, $3, $4, $5, $5)
         on conflict (id) do update set platform = $3, version = $4, last_seen_at = $5,
            revoked_at = null",
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

/// How old the note of when a device was heard of becomes.
pub(crate) const SEEN: TimeDelta = TimeDelta::minutes(1);

/// Notes that the device was heard of; written at most once in [`SEEN`].
pub(crate) async fn touch(
    db: impl PgExecutor<'_>,
    id: DeviceId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update device set last_seen_at = $2 where id = $1 and last_seen_at < $3",
        id.0,
        now,
        now - SEEN
    )
    .execute(db)
    .await?;
    Ok(())
}

/// It was updated since it was enrolled, or went back.
pub(crate) async fn set_version(
    db: impl PgExecutor<'_>,
    id: DeviceId,
    version: &str,
) -> sqlx::Result<()> {
    sqlx::query!("update device set version = $2 where id = $1 and version <> $2", id.0, version)
        .execute(db)
        .await?;
    Ok(())
}

pub(crate) async fn rename(db: impl PgExecutor<'_>, id: DeviceId, name: &str) -> sqlx::Result<()> {
    sqlx::query!("update device set name = $2 where id = $1", id.0, name).execute(db).await?;
    Ok(())
}

/// Ends the credentials on a device: of one clinician, or (none) all of them and the device itself. Those whose
/// credential it was are the answer.
pub(crate) async fn revoke(
    db: &mut PgConnection,
    id: DeviceId,
    whose: Option<ClinicianId>,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<ClinicianId>> {
    let clinicians = sqlx::query_scalar!(
        "update credential set revoked_at = $3
         where device_id = $1 and revoked_at is null and ($2::uuid is null or clinician_id = $2)
         returning clinician_id",
        id.0,
        whose.map(|id| id.0),
        now
    )
    .fetch_all(&mut *db)
    .await?;
    if whose.is_none() {
        sqlx::query!(
            "update device set revoked_at = $2 where id = $1 and revoked_at is null",
            id.0,
            now
        )
        .execute(db)
        .await?;
    }
    Ok(clinicians.into_iter().map(ClinicianId::from).collect())
}
