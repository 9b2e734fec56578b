//! The note of one recording, from the texts of all its segments. Made once, however often the job runs.

use anyhow::Context as _;
use medrecord_common::event::EventKind;
use medrecord_common::ids::NoteId;
use medrecord_common::note::Evidence;
use medrecord_common::transcript::TextState;

use super::JobError;
use crate::db;
use crate::db::job::Claim;
use crate::db::note::NewNote;
use crate::drafting::{DraftRequest, SpokenSegment};
use crate::provider::ProviderError;
use crate::recordings;
use crate::state::App;

/// No transaction is open while the drafter works.
pub(super) async fn run(app: &App, claim: &Claim) -> Result<(), JobError> {
    let request = request(app, claim).await?;
    let content = app.drafter.draft(&request).await?;
    let known =
        |evidence: &Evidence| request.segments.iter().any(|segment| segment.evidence == *evidence);
    if !content.evidence().all(|evidence| known(&evidence)) {
        return Err(ProviderError::Retry { code: "unknown_evidence", after: None }.into());
    }

    let (id, now) = (claim.recording, app.clock.now());
    let mut tx = app.pool.begin().await?;
    if !db::job::finish(&mut *tx, claim, now).await? {
        return Err(JobError::Lost);
    }
    let recording = db::recording::lock(&mut *tx, id).await?.context("the job's recording")?;
    if db::note::of_recording(&mut *tx, id).await?.is_none() {
        let note = NewNote {
            id: NoteId::new(),
            clinician: recording.clinician,
            patient: recording.patient,
            recording: id,
            recorded_at: recording.started_at,
            content: &content,
            drafter: app.drafter.name(),
        };
        db::note::insert(&mut tx, &note, now).await?;
        let (kind, clinician) = (EventKind::Note, recording.clinician);
        db::event::insert(&mut *tx, clinician, kind, Some(id), Some(note.id), now).await?;
    }
    recordings::advance(app, &mut tx, id).await?;
    tx.commit().await?;
    Ok(())
}

async fn request(app: &App, claim: &Claim) -> anyhow::Result<DraftRequest> {
    let id = claim.recording;
    let speaker = db::clinician::speaker(&app.pool, id).await?;
    let segments = db::segment_text::transcript(&app.pool, id).await?;
    let segments = segments
        .into_iter()
        .filter(|segment| segment.state == TextState::Done && !segment.text.is_empty())
        .map(|segment| SpokenSegment {
            evidence: Evidence { recording: id, seq: segment.seq },
            start_ms: segment.start_ms,
            duration_ms: segment.duration_ms,
            text: segment.text,
        })
        .collect();
    Ok(DraftRequest { kind: speaker.kind, language: speaker.language, segments })
}
