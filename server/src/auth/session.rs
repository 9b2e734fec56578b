//! Browser sessions: over after half an hour without a request, and after ten hours in any case.

use chrono::TimeDelta;
use medrecord_common::ids::ClinicianId;
use sqlx::PgConnection;

use super::Secret;
use crate::db;
use crate::state::App;

const IDLE: TimeDelta = TimeDelta::minutes(30);
const ABSOLUTE: TimeDelta = TimeDelta::hours(10);

/// Begins a session; the answer is the cookie's value.
pub(crate) async fn begin(
    app: &App,
    tx: &mut PgConnection,
    clinician: ClinicianId,
) -> anyhow::Result<String> {
    let (secret, now) = (Secret::new()?, app.clock.now());
    db::session::insert(tx, &secret.hash(), clinician, now, now + ABSOLUTE).await?;
    Ok(secret.expose())
}

/// Whose session this is, if it still holds.
pub(crate) async fn holder(app: &App, token_hash: &[u8]) -> sqlx::Result<Option<ClinicianId>> {
    let now = app.clock.now();
    db::session::holder(&app.pool, token_hash, now, now - IDLE).await
}

/// Those of the sessions that still hold.
pub(super) async fn holding(app: &App, token_hashes: &[Vec<u8>]) -> sqlx::Result<Vec<Vec<u8>>> {
    let now = app.clock.now();
    db::session::holding(&app.pool, token_hashes, now, now - IDLE).await
}
