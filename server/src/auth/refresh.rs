//! Enrolment and the rotation of refresh tokens.
//!
//! Until a new token is first used, the old one may be used again: a lost answer must not lock anyone out. The
//! workstation that repeats itself is known by its idempotency key and gets the same successor, so that a request
//! which the network doubled or delayed takes nothing from it; anyone else gets a new successor, which voids the
//! unused one. Once a successor was used, a repeat is theft, and ends the family.

use medrecord_common::auth::{Clinician, Enrol, Enrolled, Refresh, Tokens};
use medrecord_common::ids::{ClinicianId, DeviceId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{ACCESS_LIFETIME, Secret};
use crate::audit::{self, Act, Target, Who};
use crate::db;
use crate::state::App;

/// Why there are no new tokens.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RefreshError {
    #[error("the token is not known")]
    Unknown,
    #[error("the device was revoked, or the token was used twice")]
    Revoked,
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl From<sqlx::Error> for RefreshError {
    fn from(error: sqlx::Error) -> Self {
        Self::Internal(error.into())
    }
}

/// Enrols a workstation, again if it was revoked, or adds a clinician to one.
pub(crate) async fn enrol(
    app: &App,
    clinician: Clinician,
    request: &Enrol,
) -> anyhow::Result<Enrolled> {
    let now = app.clock.now();
    let mut tx = app.pool.begin().await?;
    let device = request.device.unwrap_or_else(DeviceId::new);
    db::device::enrol(&mut *tx, device, request, now).await?;
    let credential = Uuid::now_v7();
    db::credential::replace(&mut tx, credential, device, clinician.id, now).await?;
    let token = app.refresh_tokens.issue(credential, now)?;
    db::refresh_token::insert(&mut *tx, &token.hash(), credential, None, now).await?;
    let tokens = tokens(app, clinician.id, credential, token)?;
    let who = Who { clinician: Some(clinician.id), device: Some(device) };
    audit::record(&mut tx, now, who, Act::Enrol, Target::default()).await?;
    tx.commit().await?;
    let receipt_key = app.config.receipt_key.public().clone();
    let recovery_key = app.config.recovery_key.clone();
    Ok(Enrolled { device, clinician, tokens, receipt_key, recovery_key })
}

/// New tokens for a refresh token.
pub(crate) async fn refresh(app: &App, request: &Refresh) -> Result<Tokens, RefreshError> {
    let now = app.clock.now();
    let token = request.refresh_token.as_str();
    let hash = Secret::of(token).hash();
    let mut tx = app.pool.begin().await?;
    let credential = match db::refresh_token::credential(&mut *tx, &hash).await? {
        Some(credential) => {
            db::credential::lock(&mut *tx, credential).await?;
            credential
        }
        None => adopt(app, &mut tx, token, &hash).await?,
    };
    let row = db::credential::find(&mut *tx, credential).await?.ok_or(RefreshError::Unknown)?;
    if row.is_revoked {
        return Err(RefreshError::Revoked);
    }
    if db::refresh_token::is_spent(&mut *tx, &hash).await? {
        let who = Who { clinician: Some(row.clinician), device: Some(row.device) };
        db::credential::revoke(&mut *tx, credential, now).await?;
        audit::record(&mut tx, now, who, Act::RefreshReuse, Target::default()).await?;
        tx.commit().await?;
        tracing::warn!(device.id = %row.device, "a refresh token was used twice; credential revoked");
        return Err(RefreshError::Revoked);
    }
    let successor = successor(app, &mut tx, request, &hash, credential).await?;
    db::device::touch(&mut *tx, row.device, now).await?;
    tx.commit().await?;
    Ok(tokens(app, row.clinician, credential, successor)?)
}

/// The one that this request got before, or a new one in the place of any that nobody has used.
async fn successor(
    app: &App,
    tx: &mut PgConnection,
    request: &Refresh,
    hash: &[u8],
    credential: Uuid,
) -> anyhow::Result<Secret> {
    let (tokens, parent) = (&app.refresh_tokens, &request.refresh_token);
    let unused = db::refresh_token::unused_successor(&mut *tx, hash).await?;
    if let (Some(key), Some(unused)) = (&request.idempotency_key, unused) {
        let mut made = tokens.successors(parent, key, credential, unused.issued_at);
        if let Some(same) = made.find(|made| made.hash().as_slice() == unused.token_hash) {
            return Ok(same);
        }
    }
    let now = app.clock.now();
    db::refresh_token::use_up(tx, hash, now).await?;
    let successor = match &request.idempotency_key {
        Some(key) => tokens.successor(parent, key, credential, now),
        None => tokens.issue(credential, now)?,
    };
    db::refresh_token::insert(tx, &successor.hash(), credential, Some(hash), now).await?;
    Ok(successor)
}

/// A token that was issued after the backup that is now the database: the last of its family, as far as can be known.
///
/// Those that the backup knows are over with it; whoever comes with another one of the time between finds this one
/// used, and ends the family.
async fn adopt(
    app: &App,
    tx: &mut PgConnection,
    token: &str,
    hash: &[u8],
) -> Result<Uuid, RefreshError> {
    let restored_at = app.epoch.restored_at().ok_or(RefreshError::Unknown)?;
    let said = app.refresh_tokens.read(token).ok_or(RefreshError::Unknown)?;
    db::credential::lock(&mut *tx, said.credential).await?.ok_or(RefreshError::Unknown)?;
    let newest = db::refresh_token::newest(&mut *tx, said.credential).await?;
    if said.issued_at > restored_at || newest.is_some_and(|newest| said.issued_at <= newest) {
        return Err(RefreshError::Unknown);
    }
    db::refresh_token::void_all(&mut *tx, said.credential, app.clock.now()).await?;
    db::refresh_token::insert(&mut *tx, hash, said.credential, None, said.issued_at).await?;
    Ok(said.credential)
}

fn tokens(
    app: &App,
    clinician: ClinicianId,
    credential: Uuid,
    refresh_token: Secret,
) -> anyhow::Result<Tokens> {
    Ok(Tokens {
        access_token: app.access_tokens.issue(clinician, credential, app.clock.now())?,
        expires_in: ACCESS_LIFETIME,
        refresh_token: refresh_token.expose(),
    })
}
