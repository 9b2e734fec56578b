//! Refresh tokens by their SHA-256; each knows the one it follows.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

pub(crate) async fn insert(
    db: impl PgExecutor<'_>,
    token_hash: &[u8],
    credential: Uuid,
    parent_hash: Option<&[u8]>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into refresh_token (token_hash, credential_id, parent_hash, issued_at)
         values ($1, $2, $3, $4)",
        token_hash,
        credential,
        parent_hash,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(crate) async fn credential(
    db: impl PgExecutor<'_>,
    token_hash: &[u8],
) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar!("select credential_id from refresh_token where token_hash = $1", token_hash)
        .fetch_optional(db)
        .await
}

/// When the newest token of a family was issued.
pub(crate) async fn newest(
    db: impl PgExecutor<'_>,
    credential: Uuid,
) -> sqlx::Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar!(
        "select max(issued_at) from refresh_token where credential_id = $1",
        credential
    )
    .fetch_one(db)
    .await
}

/// Ends every token of a family, but not the family.
pub(crate) async fn void_all(
    db: impl PgExecutor<'_>,
    credential: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update refresh_token set voided_at = $2 where credential_id = $1 and voided_at is null",
        credential,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether the family is past this token: it was voided, or a successor of it was used.
pub(crate) async fn is_spent(db: impl PgExecutor<'_>, token_hash: &[u8]) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select (t.voided_at is not null or exists (
                select from refresh_token s where s.parent_hash = t.token_hash
                    and s.used_at is not null)) as "spent!"
         from refresh_token t where t.token_hash = $1"#,
        token_hash
    )
    .fetch_one(db)
    .await
}

/// A token that followed another one, and that nobody has used yet.
pub(crate) struct Unused {
    pub(crate) token_hash: Vec<u8>,
    pub(crate) issued_at: DateTime<Utc>,
}

pub(crate) async fn unused_successor(
    db: impl PgExecutor<'_>,
    token_hash: &[u8],
) -> sqlx::Result<Option<Unused>> {
    sqlx::query_as!(
        Unused,
        "select token_hash, issued_at from refresh_token
         where parent_hash = $1 and used_at is null and voided_at is null",
        token_hash
    )
    .fetch_optional(db)
    .await
}

/// Marks the token as used, and voids the successors that nobody has used.
pub(crate) async fn use_up(
    db: &mut sqlx::PgConnection,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update refresh_token set used_at = coalesce(used_at, $2) where token_hash = $1",
        token_hash,
        now
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update refresh_token set voided_at = $2
         where parent_hash = $1 and used_at is null and voided_at is null",
        token_hash,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}
