//! What is said of a recording beside its sound: consent, where it ends. All of it is in its history.

use std::num::NonZeroU32;

use chrono::Utc;
use medrecord_common::PatientText;
use medrecord_common::audio::voice::{FRAME, Voice};
use medrecord_common::audio::{SAMPLE_RATE, flac};
use medrecord_common::ids::RecordingId;
use medrecord_common::recording::ChangeKind;

use super::{Recorder, RecorderError};
use crate::outbox::{Outbox, OutboxError};

/// So much is left after the last word when the end is cut off.
const AFTER_SPEECH: u64 = 2 * SAMPLE_RATE as u64;

impl Recorder {
    /// Notes that the patient consented to being recorded, refused, or (none) was not asked; `by` is who
    /// said so. The last word counts, the ones before stay in the history.
    ///
    /// # Errors
    /// [`RecorderError::UnknownRecording`] when it is not this clinician's.
    pub fn set_consent(
        &self,
        id: RecordingId,
        given: Option<bool>,
        by: PatientText,
    ) -> Result<(), RecorderError> {
        self.require_own(id)?;
        self.inner.outbox.add_change(id, Utc::now(), ChangeKind::Consent { given, by })?;
        Ok(())
    }

    /// Leaves out of the note what begins at this sample or later; none: nothing. All of it is kept.
    ///
    /// # Errors
    /// [`RecorderError::UnknownRecording`] when it is not this clinician's; [`RecorderError::StillRecording`].
    pub fn trim(&self, id: RecordingId, samples: Option<u64>) -> Result<(), RecorderError> {
        self.require_own(id)?;
        self.require_over(id)?;
        if self.inner.outbox.recording(id)?.trimmed_to != samples {
            self.inner.outbox.add_change(id, Utc::now(), ChangeKind::Trim { samples })?;
        }
        Ok(())
    }

    /// Trims to 2 s after the last word, for a recording that was forgotten.
    ///
    /// # Errors
    /// As [`Self::trim`]; [`OutboxError::AudioReleased`] when its audio is no longer here.
    pub fn trim_to_speech(&self, id: RecordingId) -> Result<(), RecorderError> {
        self.require_own(id)?;
        self.require_over(id)?;
        let end = end_of_speech(&self.inner.outbox, id)? + AFTER_SPEECH;
        let samples = Some(end).filter(|end| *end < self.inner.outbox.samples(id).unwrap_or(0));
        self.trim(id, samples)
    }

    /// Sets after how many minutes the recordings to come end by themselves; none: never.
    ///
    /// # Errors
    /// When the outbox cannot be written.
    pub fn set_cap_minutes(&self, minutes: Option<u32>) -> Result<(), RecorderError> {
        self.inner.outbox.set_cap_minutes(minutes)?;
        Ok(())
    }

    /// Sets how many bytes a second sync may send; none: as fast as the line.
    ///
    /// # Errors
    /// When the outbox cannot be written.
    pub fn set_upload_limit(&self, bytes: Option<NonZeroU32>) -> Result<(), RecorderError> {
        Ok(self.inner.outbox.set_upload_limit(bytes)?)
    }
}

/// The segments know how much speech they hold, not where it ends: the last of them is heard again.
fn end_of_speech(outbox: &Outbox, id: RecordingId) -> Result<u64, OutboxError> {
    let segments = outbox.segments(id)?;
    let Some(last) = segments.iter().rfind(|segment| segment.header.speech > 0) else {
        return Ok(0);
    };
    let stored = outbox.segment(id, last.seq)?;
    let pcm = flac::decode(&stored.flac).map_err(|_| OutboxError::Undecodable(id))?;
    let mut voice = Voice::default();
    let frames = pcm.as_chunks::<FRAME>().0.iter().enumerate();
    let spoken = frames.filter(|(_, frame)| voice.hears(frame)).last();
    // The detector began anew and may hear nothing in a very short word.
    let within = spoken.map_or(pcm.len(), |(frame, _)| (frame + 1) * FRAME);
    Ok(last.header.start + within as u64)
}

#[cfg(test)]
mod tests;
