//! The text of one segment: read, decrypt, ask the provider, guard, store.

use anyhow::Context as _;
use medrecord_common::PatientText;
use medrecord_common::audio::samples_to_ms;
use medrecord_common::event::EventKind;
use medrecord_common::ids::ClinicianId;

use super::JobError;
use crate::db;
use crate::db::job::Claim;
use crate::objects::SegmentName;
use crate::recordings;
use crate::speech::SpeechRequest;
use crate::speech::guard::{self, Verdict};
use crate::state::App;

/// No transaction is open while the provider works.
pub(super) async fn run(app: &App, claim: &Claim, seq: u32) -> Result<(), JobError> {
    let (clinician, request, speech_ms) = request(app, claim, seq).await?;
    let text = listen(app, &request, speech_ms).await?;

    let mut tx = app.pool.begin().await?;
    if !db::job::finish(&mut *tx, claim, app.clock.now()).await? {
        return Err(JobError::Lost);
    }
    let (id, now) = (claim.recording, app.clock.now());
    let (provider, model) = (app.speech.provider(), app.speech.model());
    db::segment_text::insert_heard(&mut *tx, id, seq, &text, provider, model).await?;
    db::event::insert(&mut *tx, clinician, EventKind::Transcript, Some(id), None, now).await?;
    recordings::advance(app, &mut tx, id).await?;
    tx.commit().await?;
    Ok(())
}

async fn request(
    app: &App,
    claim: &Claim,
    seq: u32,
) -> anyhow::Result<(ClinicianId, SpeechRequest, u32)> {
    let id = claim.recording;
    let (segment, _) = db::segment::find(&app.pool, id, seq).await?.context("the job's segment")?;
    let key = db::recording_key::find(&app.pool, id).await?.context("the recording's key")?;
    let speaker = db::clinician::speaker(&app.pool, id).await?;
    let name = SegmentName { recording: id, seq, digest: segment.digest };
    let request = SpeechRequest {
        seq,
        flac: app.objects.get(name, key).await?,
        language: speaker.language,
        keywords: speaker.vocabulary,
        previous_text: db::segment_text::text_before(&app.pool, id, seq).await?,
    };
    let speech_ms = samples_to_ms(segment.header.speech.into());
    Ok((speaker.clinician, request, u32::try_from(speech_ms).unwrap_or(u32::MAX)))
}

async fn listen(
    app: &App,
    request: &SpeechRequest,
    speech_ms: u32,
) -> Result<PatientText, JobError> {
    let heard = app.speech.transcribe(request).await?;
    let verdict = match guard::judge(&heard, request, speech_ms) {
        Verdict::Again { code } => {
            tracing::info!(code, "transcribing once more without context");
            let request = guard::without_context(request);
            guard::judge(&app.speech.transcribe(&request).await?, &request, speech_ms)
        }
        verdict => verdict,
    };
    Ok(match verdict {
        Verdict::Keep(text) => text,
        Verdict::Nothing { code } | Verdict::Again { code } => {
            tracing::info!(code, "the guards kept nothing of the text");
            PatientText::default()
        }
    })
}
