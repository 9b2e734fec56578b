//! What may be done to a recording: created, added to, changed, completed; and what happens next.

mod changes;
mod complete;
mod create;
mod plan;
mod purge;
mod retry;
mod segment;
mod stage;

use sqlx::PgConnection;

pub(crate) use self::changes::append_changes;
pub(crate) use self::complete::complete;
pub(crate) use self::create::{Created, create};
pub(crate) use self::plan::{Plan, Step, plan};
pub(crate) use self::retry::{retry, retry_all};
pub(crate) use self::segment::{Stored, put_segment};
pub(crate) use self::stage::advance;
use crate::db::recording_view::{self, Place, RecordingView};
use crate::http::listing::PAGE;
use medrecord_common::ids::ClinicianId;

/// Longest recording, gaps included: a day of samples. Its WAV stays under 4 GB.
pub(crate) const MAX_SAMPLES: u64 = 24 * 3_600 * medrecord_common::audio::SAMPLE_RATE as u64;

/// A page of a clinician's recordings, newest first, with one row too many when there are more.
pub(crate) async fn page(
    db: &mut PgConnection,
    clinician: ClinicianId,
    after: Option<Place>,
) -> sqlx::Result<Vec<RecordingView>> {
    let ids = recording_view::page(&mut *db, clinician, after, PAGE as i64 + 1).await?;
    recording_view::load(db, clinician, &ids).await
}
