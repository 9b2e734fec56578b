//! Browser sessions; the cookie's token is here as its SHA-256 only.

use chrono::{DateTime, Utc};
use medrecord_common::ids::ClinicianId;
use sqlx::PgExecutor;

pub(crate) async fn insert(
    db: impl PgExecutor<'_>,
    token_hash: &[u8],
    clinician: ClinicianId,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into session
            (token_hash, clinician_id, created_at, last_seen_at, authenticated_at, expires_at)
         values ($1, $2, $3, $3, $3, $4)",
        token_hash,
        clinician.0,
        now,
        expires_at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whose session it is, if it still holds: neither revoked nor over, seen since `idle_since`.
pub(crate) async fn holder(
    db: impl PgExecutor<'_>,
    token_hash: &[u8],
    now: DateTime<Utc>,
    idle_since: DateTime<Utc>,
) -> sqlx::Result<Option<ClinicianId>> {
    let id = sqlx::query_scalar!(
        "select s.clinician_id from session s
         join clinician c on c.id = s.clinician_id and c.disabled_at is null
         where s.token_hash = $1 and s.revoked_at is null
           and s.expires_at > $2 and s.last_seen_at > $3",
        token_hash,
        now,
        idle_since
    )
    .fetch_optional(db)
    .await?;
    Ok(id.map(ClinicianId))
}

/// Those that still hold, as [`holder`] says.
pub(crate) async fn holding(
    db: impl PgExecutor<'_>,
    token_hashes: &[Vec<u8>],
    now: DateTime<Utc>,
    idle_since: DateTime<Utc>,
) -> sqlx::Result<Vec<Vec<u8>>> {
    sqlx::query_scalar!(
        "select s.token_hash from session s
         join clinician c on c.id = s.clinician_id and c.disabled_at is null
         where s.token_hash = any($1) and s.revoked_at is null
           and s.expires_at > $2 and s.last_seen_at > $3",
        token_hashes,
        now,
        idle_since
    )
    .fetch_all(db)
    .await
}

/// Notes that the session is in use; written at most once a minute.
pub(crate) async fn touch(
    db: impl PgExecutor<'_>,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update session set last_seen_at = $2
         where token_hash = $1 and last_seen_at < $2::timestamptz - interval '1 minute'",
        token_hash,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes that the password was given again.
pub(crate) async fn authenticated(
    db: impl PgExecutor<'_>,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!("update session set authenticated_at = $2 where token_hash = $1", token_hash, now)
        .execute(db)
        .await?;
    Ok(())
}

pub(crate) async fn revoke(
    db: impl PgExecutor<'_>,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!("update session set revoked_at = $2 where token_hash = $1", token_hash, now)
        .execute(db)
        .await?;
    Ok(())
}
