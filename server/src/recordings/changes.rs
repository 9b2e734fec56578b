//! Takes changes: numbered by the workstation without holes, repeated without harm.

use medrecord_common::ids::{ClinicianId, RecordingId};
use medrecord_common::recording::{Change, ChangeKind};
use sqlx::PgConnection;

use super::{MAX_SAMPLES, advance, create};
use crate::audit::{self, Act, Who};
use crate::db;
use crate::http::ApiResult;
use crate::http::error::ApiError;
use crate::state::App;

/// Those that are here already must be the same; the next must follow without a hole.
pub(crate) async fn append_changes(
    app: &App,
    who: Who,
    clinician: ClinicianId,
    id: RecordingId,
    changes: &[Change],
) -> ApiResult<()> {
    check(changes)?;
    let mut tx = app.pool.begin().await?;
    let row = db::recording::lock(&mut *tx, id).await?;
    let row = row.filter(|row| row.clinician == clinician).ok_or(ApiError::NotFound)?;
    let first = changes.first().map_or(0, |change| change.number);
    let known = db::change::list(&mut *tx, id, first).await?;
    let mut next = db::change::count(&mut *tx, id).await?;
    let mut added = 0;
    for change in changes {
        match known.iter().find(|known| known.number == change.number) {
            Some(known) if known == change => {}
            Some(_) => return Err(ApiError::Conflict("A change with this number is here.")),
            None if change.number != next => {
                return Err(ApiError::Conflict("Changes before these have not arrived."));
            }
            None => {
                let is_gap = matches!(change.what, ChangeKind::Gap(_));
                if is_gap && row.receipt.is_some() {
                    return Err(ApiError::Conflict("The recording is complete."));
                }
                db::change::insert(&mut *tx, id, change).await?;
                apply(app, &mut tx, clinician, id, &change.what).await?;
                next += 1;
                added += 1;
            }
        }
    }
    if added > 0 {
        audit::record(&mut tx, app.clock.now(), who, Act::ChangeRecording, id).await?;
        advance(app, &mut tx, id).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn apply(
    app: &App,
    tx: &mut PgConnection,
    clinician: ClinicianId,
    id: RecordingId,
    what: &ChangeKind,
) -> ApiResult<()> {
    match what {
        ChangeKind::Patient { patient } => {
            create::put_patient(tx, patient, clinician).await?;
            db::recording::set_patient(tx, id, patient.id).await?;
            super::stage::announce(app, tx, clinician, id).await?;
            super::stage::poke(app, tx, id).await?;
        }
        ChangeKind::Discard => {
            db::recording::set_discarded(&mut *tx, id, Some(app.clock.now())).await?;
            super::stage::poke(app, tx, id).await?;
        }
        ChangeKind::Restore if db::purge::is_purged(&mut *tx, id).await? => {
            return Err(ApiError::Conflict("The recording was deleted 30 days after its discard."));
        }
        ChangeKind::Restore => {
            db::recording::set_discarded(&mut *tx, id, None).await?;
            super::stage::poke(app, tx, id).await?;
        }
        // The timeline's own: read from the rows when they are needed.
        ChangeKind::Consent { .. }
        | ChangeKind::Marker { .. }
        | ChangeKind::Gap(_)
        | ChangeKind::Microphone { .. }
        | ChangeKind::Pause { .. }
        | ChangeKind::Trim { .. } => {}
    }
    Ok(())
}

fn check(changes: &[Change]) -> ApiResult<()> {
    let mut errors = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        let field = format!("/{index}");
        match &change.what {
            ChangeKind::Patient { patient } => {
                errors.extend(create::check_patient(&format!("{field}/patient"), patient));
            }
            ChangeKind::Gap(gap)
                if gap.samples == 0 || gap.start.saturating_add(gap.samples) > MAX_SAMPLES =>
            {
                let message = "a gap has a length and ends within a day".to_owned();
                errors.push(medrecord_common::problem::FieldError { field, message });
            }
            _ => {}
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(ApiError::Invalid(errors)) }
}
