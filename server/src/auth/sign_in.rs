//! Checks e-mail and password, and leaves an audit row either way.

use medrecord_common::auth::Clinician;
use medrecord_common::ids::ClinicianId;

use crate::audit::{self, Act, Target, Who};
use crate::db;
use crate::state::App;

/// The clinician, or nothing: an unknown address and a wrong password look alike and take as long.
pub(crate) async fn sign_in(
    app: &App,
    email: &str,
    password: String,
) -> anyhow::Result<Option<Clinician>> {
    let row = db::clinician::find_by_email(&app.pool, email).await?;
    let hash = row.as_ref().map(|row| row.password_hash.clone());
    let is_right = app.passwords.verify(password, hash).await?;
    match row {
        Some(row) if is_right => Ok(Some(row.clinician)),
        row => {
            failed(app, row.map(|row| row.clinician.id)).await?;
            Ok(None)
        }
    }
}

/// Whether the signed-in clinician gave their own password again.
pub(crate) async fn confirm_password(
    app: &App,
    clinician: ClinicianId,
    password: String,
) -> anyhow::Result<bool> {
    let row = db::clinician::find(&app.pool, clinician).await?;
    let is_right = app.passwords.verify(password, row.map(|row| row.password_hash)).await?;
    if !is_right {
        failed(app, Some(clinician)).await?;
    }
    Ok(is_right)
}

async fn failed(app: &App, clinician: Option<ClinicianId>) -> sqlx::Result<()> {
    let who = Who { clinician, device: None };
    let mut tx = app.pool.begin().await?;
    audit::record(&mut tx, app.clock.now(), who, Act::SignInFailed, Target::default()).await?;
    tx.commit().await
}
