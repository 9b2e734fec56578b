//! Tries jobs again that were given up: a person has looked.

use medrecord_common::event::EventKind;
use medrecord_common::ids::{ClinicianId, RecordingId};

use super::advance;
use crate::audit::{self, Act, Who};
use crate::db;
use crate::state::App;

/// Tries one recording's jobs again and says how many; a recording without such is left as it is. `None` when it is
/// discarded, or not this clinician's (`whose`; none: of anyone).
pub(crate) async fn retry(
    app: &App,
    who: Who,
    whose: Option<ClinicianId>,
    id: RecordingId,
) -> sqlx::Result<Option<u64>> {
    let (mut tx, now) = (app.pool.begin().await?, app.clock.now());
    let row = db::recording::lock(&mut *tx, id).await?;
    let is_theirs = |clinician: ClinicianId| whose.is_none_or(|whose| whose == clinician);
    let Some(row) = row.filter(|row| !row.is_discarded && is_theirs(row.clinician)) else {
        return Ok(None);
    };
    let jobs = db::job::revive(&mut *tx, id, None, now).await?;
    if jobs > 0 {
        audit::record(&mut tx, now, who, Act::RetryRecording, id).await?;
        // The text that was given up waits again.
        let kind = EventKind::Transcript;
        db::event::insert(&mut *tx, row.clinician, kind, Some(id), None, now).await?;
        advance(app, &mut tx, id).await?;
    }
    tx.commit().await?;
    Ok(Some(jobs))
}

/// Tries every recording's jobs again, each in a transaction of its own, and says how many jobs, and for how many
/// recordings it failed.
pub(crate) async fn retry_all(app: &App) -> sqlx::Result<(u64, u32)> {
    let nobody = Who { clinician: None, device: None };
    let (mut jobs, mut failed) = (0, 0);
    for id in db::job::given_up(&app.pool).await? {
        match retry(app, nobody, None, id).await {
            Ok(revived) => jobs += revived.unwrap_or(0),
            Err(error) => {
                tracing::error!(recording = %id, %error, "not tried again");
                failed += 1;
            }
        }
    }
    Ok((jobs, failed))
}
