//! A clinician's credential on a device: the family that its refresh tokens belong to.

use chrono::{DateTime, Utc};
use medrecord_common::ids::{ClinicianId, DeviceId};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

/// Who a credential stands for, and whether it still holds.
pub(crate) struct CredentialRow {
    pub(crate) clinician: ClinicianId,
    pub(crate) device: DeviceId,
    /// Credential, device or clinician was revoked.
    pub(crate) is_revoked: bool,
    /// When the device was last said to have been seen.
    pub(crate) last_seen_at: DateTime<Utc>,
}

/// A new credential in the place of any that the clinician had on this device.
pub(crate) async fn replace(
    db: &mut PgConnection,
    id: Uuid,
    device: DeviceId,
    clinician: ClinicianId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update credential set revoked_at = $3
         where device_id = $1 and clinician_id = $2 and revoked_at is null",
        device.0,
        clinician.0,
        now
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "insert into credential (id, device_id, clinician_id, created_at) values ($1, $2, $3, $4)",
        id,
        device.0,
        clinician.0,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(crate) async fn find(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<CredentialRow>> {
    let row = sqlx::query!(
        r#"select k.clinician_id, k.device_id, d.last_seen_at,
            (k.revoked_at is not null or d.revoked_at is not null
                or c.disabled_at is not null) as "is_revoked!"
         from credential k
         join device d on d.id = k.device_id
         join clinician c on c.id = k.clinician_id
         where k.id = $1"#,
        id
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| CredentialRow {
        clinician: row.clinician_id.into(),
        device: row.device_id.into(),
        is_revoked: row.is_revoked,
        last_seen_at: row.last_seen_at,
    }))
}

/// Those that are not revoked, as [`CredentialRow::is_revoked`] says.
pub(crate) async fn holding(db: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "select k.id from credential k
         join device d on d.id = k.device_id and d.revoked_at is null
         join clinician c on c.id = k.clinician_id and c.disabled_at is null
         where k.id = any($1) and k.revoked_at is null",
        ids
    )
    .fetch_all(db)
    .await
}

/// Makes the transactions of one family wait for each other; none when there is no such family.
pub(crate) async fn lock(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!("select id from credential where id = $1 for update", id)
        .fetch_optional(db)
        .await
}

pub(crate) async fn revoke(
    db: impl PgExecutor<'_>,
    id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!("update credential set revoked_at = $2 where id = $1", id, now)
        .execute(db)
        .await?;
    Ok(())
}
