//! The note of one recording, or of several that belong together, from their texts.
//!
//! However often the job runs, it looks at what the note should say by now and writes it only if that is
//! something else; what a person has worked on it leaves alone.

use anyhow::Context as _;
use medrecord_common::event::EventKind;
use medrecord_common::ids::NoteId;
use medrecord_common::note::{Evidence, NoteContent};
use sqlx::PgConnection;

use super::JobError;
use crate::db;
use crate::db::job::Claim;
use crate::db::note::Drafted;
use crate::provider::ProviderError;
use crate::recordings::{self, Plan, Step};
use crate::state::App;

/// No transaction is open while the drafter works. What came in meanwhile is seen afterwards, under the
/// recordings' locks: then the job begins again.
pub(super) async fn run(app: &App, claim: &Claim) -> Result<(), JobError> {
    let before = {
        let mut connection = app.pool.acquire().await?;
        recordings::plan(&mut connection, claim.recording).await?.context("the job's recording")?
    };
    let content = match before.step() {
        Step::Draft => Some(draft(app, &before).await?),
        Step::Nothing | Step::Tell => None,
    };

    let now = app.clock.now();
    let mut tx = app.pool.begin().await?;
    db::source::lock(&mut tx, &before.linked).await?;
    if let Some(note) = &before.note {
        db::note::lock(&mut *tx, note.id, before.clinician).await?;
    }
    let plan = recordings::plan(&mut tx, claim.recording).await?.context("the job's recording")?;
    if !plan.is_same(&before) {
        if !db::job::put_back(&mut *tx, claim, now, None).await? {
            return Err(JobError::Lost);
        }
        tx.commit().await?;
        return Ok(());
    }
    if !db::job::finish(&mut *tx, claim, now).await? {
        return Err(JobError::Lost);
    }
    if let Some(content) = content {
        write(app, &mut tx, &plan, &content).await?;
    }
    for id in &plan.linked {
        recordings::advance(app, &mut tx, *id).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn draft(app: &App, plan: &Plan) -> Result<NoteContent, JobError> {
    let content = app.drafter.draft(&plan.request).await?;
    let known =
        |evidence: &Evidence| plan.request.segments.iter().any(|text| text.evidence == *evidence);
    if content.evidence().all(|evidence| known(&evidence)) {
        Ok(content)
    } else {
        Err(ProviderError::Retry { code: "unknown_evidence", after: None }.into())
    }
}

/// A new note, or a new version of the one that is there; drafts of some of its recordings alone go.
async fn write(
    app: &App,
    tx: &mut PgConnection,
    plan: &Plan,
    content: &NoteContent,
) -> anyhow::Result<()> {
    let now = app.clock.now();
    let first = plan.first().context("a note rests on a recording")?;
    let drafted = Drafted {
        id: plan.note.as_ref().map_or_else(NoteId::new, |note| note.id),
        clinician: plan.clinician,
        patient: plan.patient(),
        recordings: &plan.reading.recordings,
        recorded_at: first.started_at,
        content,
        drafter: app.drafter.name(),
        basis: plan.basis,
    };
    db::note::delete(&mut *tx, &plan.obsolete).await?;
    db::note::put(&mut *tx, &drafted, now).await?;
    let (kind, recording) = (EventKind::Note, Some(first.source.id));
    db::event::insert(tx, plan.clinician, kind, recording, Some(drafted.id), now).await?;
    Ok(())
}
