//! What happens to a recording next: the one place that moves its stage.

use medrecord_common::event::EventKind;
use medrecord_common::ids::{ClinicianId, RecordingId};
use medrecord_common::recording::Stage;
use sqlx::PgConnection;

use super::plan::{Plan, Step, plan};
use crate::db;
use crate::db::job::Progress;
use crate::db::recording::RecordingRow;
use crate::state::App;

/// The next stage, and why there is no note.
type Next = (Stage, Option<&'static str>);

const NO_SPEECH: &str = "No speech was found in this recording, so no note was written.";
const NOTHING_LEFT: &str = "All of this recording is left out (its end was cut off, or it was said again), \
    so no note was written. The audio is safe.";
const SEGMENT_STUCK: &str = "Part of this recording could not be turned into text, so no note was \
    written. The audio is safe. It can be tried again on its page; if that does not help, tell your \
    administrator.";
const DRAFT_STUCK: &str = "The note could not be written. The audio and the text are safe. \
    It can be tried again on its page; if that does not help, tell your administrator.";

/// Looks at what is there and moves the recording on: enqueues the draft when the last text has come,
/// and tells the clients when the stage changed. Runs in the transaction that brought the news.
pub(crate) async fn advance(app: &App, tx: &mut PgConnection, id: RecordingId) -> sqlx::Result<()> {
    let row = db::recording::lock(&mut *tx, id).await?.ok_or(sqlx::Error::RowNotFound)?;
    let progress = db::job::progress(&mut *tx, id).await?;
    let (stage, reason) = match before_text(&row, &progress) {
        Some(next) => next,
        None => with_text(app, tx, id, &progress).await?,
    };
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

/// What is due while something is outstanding; none when all texts are there.
fn before_text(row: &RecordingRow, progress: &Progress) -> Option<Next> {
    if row.is_discarded {
        Some((Stage::Discarded, None))
    } else if row.receipt.is_none() {
        Some((Stage::Receiving, None))
    } else if progress.segment_failed {
        Some((Stage::Stuck, Some(SEGMENT_STUCK)))
    } else if progress.waiting {
        Some((Stage::Transcribing, None))
    } else if !progress.has_words {
        Some((Stage::NoSpeech, Some(NO_SPEECH)))
    } else {
        None
    }
}

/// Sees to the note, of this recording or of several.
async fn with_text(
    app: &App,
    tx: &mut PgConnection,
    id: RecordingId,
    progress: &Progress,
) -> sqlx::Result<Next> {
    let mut plan = look(tx, id).await?;
    if let Some(note) = &plan.note
        && plan.step() == Step::Tell
    {
        // So that nobody signs it between the look and the word.
        db::note::lock(&mut *tx, note.id, plan.clinician).await?;
        plan = look(tx, id).await?;
    }
    Ok(match plan.step() {
        Step::Draft if progress.draft_failed => (Stage::Stuck, Some(DRAFT_STUCK)),
        Step::Draft => {
            db::job::draft(&mut *tx, id, app.clock.now()).await?;
            (Stage::Drafting, None)
        }
        Step::Tell => {
            tell(app, tx, &plan).await?;
            (Stage::Ready, None)
        }
        Step::Nothing if plan.note.is_some() => (Stage::Ready, None),
        Step::Nothing => (Stage::NoSpeech, Some(NOTHING_LEFT)),
    })
}

async fn look(tx: &mut PgConnection, id: RecordingId) -> sqlx::Result<Plan> {
    plan(tx, id).await?.ok_or(sqlx::Error::RowNotFound)
}

/// A person works on the note: it stays, gets to know its new recordings, and says that there is news.
async fn tell(app: &App, tx: &mut PgConnection, plan: &Plan) -> sqlx::Result<()> {
    let Some(note) = &plan.note else { return Ok(()) };
    let now = app.clock.now();
    db::note::add_recordings(&mut *tx, note.id, &plan.joins).await?;
    db::note::set_outdated(&mut *tx, note.id, plan.is_outdated()).await?;
    db::event::insert(tx, plan.clinician, EventKind::Note, None, Some(note.id), now).await
}

/// Looks again at the notes of those that are linked with a recording: it was discarded, came back, or is
/// about somebody else. Their draft jobs find out what there is to do.
pub(super) async fn poke(app: &App, tx: &mut PgConnection, id: RecordingId) -> sqlx::Result<()> {
    let mut linked = db::source::linked(&mut *tx, id).await?;
    linked.retain(|other| *other != id);
    db::job::draft_again(tx, &linked, app.clock.now()).await
}
