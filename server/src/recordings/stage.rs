//! What happens to a recording next: the one place that moves its stage.

use medrecord_common::event::EventKind;
use medrecord_common::ids::{ClinicianId, RecordingId};
use medrecord_common::recording::Stage;
use sqlx::PgConnection;

use crate::db;
use crate::db::job::Progress;
use crate::db::recording::RecordingRow;
use crate::state::App;

const NO_SPEECH: &str = "No speech was found in this recording, so no note was written.";
const SEGMENT_STUCK: &str = "Part of this recording could not be turned into text, so no note was \
    written. The audio is safe. Tell your administrator.";
const DRAFT_STUCK: &str = "The note could not be written. The audio and the text are safe. \
    Tell your administrator.";

/// Looks at what is there and moves the recording on: enqueues the draft when the last text has come,
/// and tells the clients when the stage changed. Runs in the transaction that brought the news.
pub(crate) async fn advance(app: &App, tx: &mut PgConnection, id: RecordingId) -> sqlx::Result<()> {
    let now = app.clock.now();
    let row = db::recording::lock(&mut *tx, id).await?.ok_or(sqlx::Error::RowNotFound)?;
    let has_note = db::note::of_recording(&mut *tx, id).await?.is_some();
    let progress = db::job::progress(&mut *tx, id).await?;
    let (stage, reason) = next(&row, has_note, &progress);
    if stage == Stage::Drafting {
        db::job::insert(&mut *tx, id, None, now).await?;
    }
    if stage != row.stage || reason != row.reason.as_deref() {
        db::recording::set_stage(&mut *tx, id, stage, reason).await?;
        announce(app, tx, row.clinician, id).await?;
    }
    Ok(())
}

/// Tells the clients that the recording is new or another than before.
pub(super) async fn announce(
    app: &App,
    tx: &mut PgConnection,
    clinician: ClinicianId,
    id: RecordingId,
) -> sqlx::Result<()> {
    let now = app.clock.now();
    db::event::insert(tx, clinician, EventKind::Recording, Some(id), None, now).await
}

fn next(row: &RecordingRow, has_note: bool, progress: &Progress) -> (Stage, Option<&'static str>) {
    if row.is_discarded {
        (Stage::Discarded, None)
    } else if has_note {
        (Stage::Ready, None)
    } else if row.receipt.is_none() {
        (Stage::Receiving, None)
    } else if progress.segment_failed {
        (Stage::Stuck, Some(SEGMENT_STUCK))
    } else if progress.waiting {
        (Stage::Transcribing, None)
    } else if !progress.has_words {
        (Stage::NoSpeech, Some(NO_SPEECH))
    } else if progress.draft_failed {
        (Stage::Stuck, Some(DRAFT_STUCK))
    } else {
        (Stage::Drafting, None)
    }
}
