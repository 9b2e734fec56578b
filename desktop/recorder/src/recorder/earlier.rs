//! Recordings that belong to an earlier one: that go on with it, or say a stretch of it again.

use medrecord_common::ids::RecordingId;
use medrecord_common::recording::Stretch;

use super::{MICROPHONE, Recorder, RecorderError};
use crate::audio::{OpenSource, open_microphone};
use crate::outbox::NewRecording;

/// What a new recording has to do with an earlier one, which stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earlier {
    /// It goes on with it.
    Continued(RecordingId),
    /// It says this stretch again.
    Replaced(Stretch),
}

impl Earlier {
    const fn recording(&self) -> RecordingId {
        match self {
            Self::Continued(id) => *id,
            Self::Replaced(stretch) => stretch.recording,
        }
    }
}

impl Recorder {
    /// Goes on with an earlier recording: a new one, about the same patient.
    ///
    /// # Errors
    /// As [`Self::start_after`].
    pub fn start_continuing(&self, earlier: RecordingId) -> Result<RecordingId, RecorderError> {
        let microphone = self.inner.outbox.setting(MICROPHONE)?;
        self.start_after(open_microphone(microphone), Earlier::Continued(earlier))
    }

    /// Says an earlier recording again, from this sample to its end: a new one, about the same patient.
    ///
    /// # Errors
    /// As [`Self::start_after`].
    pub fn start_replacing(
        &self,
        recording: RecordingId,
        start: u64,
    ) -> Result<RecordingId, RecorderError> {
        self.require_own(recording)?;
        let samples = self.inner.outbox.samples(recording)?.saturating_sub(start);
        let microphone = self.inner.outbox.setting(MICROPHONE)?;
        let stretch = Stretch { recording, start, samples };
        self.start_after(open_microphone(microphone), Earlier::Replaced(stretch))
    }

    /// Both of these, from any source.
    ///
    /// # Errors
    /// [`RecorderError::UnknownRecording`] when the earlier one is not this clinician's,
    /// [`RecorderError::StillRecording`], [`RecorderError::NoSuchStretch`]; as [`Self::start`].
    pub fn start_after(
        &self,
        source: OpenSource,
        earlier: Earlier,
    ) -> Result<RecordingId, RecorderError> {
        let recording = self.recording_after(earlier)?;
        self.start_recording(source, recording)
    }

    fn recording_after(&self, earlier: Earlier) -> Result<NewRecording, RecorderError> {
        let id = earlier.recording();
        self.require_own(id)?;
        self.require_over(id)?;
        let before = self.inner.outbox.recording(id)?;
        let mut recording = self.new_recording(before.patient)?;
        recording.create.kind = before.create.kind;
        recording.create.language = before.create.language;
        recording.create.encounter = before.create.encounter;
        match earlier {
            Earlier::Continued(id) => recording.create.continues = Some(id),
            Earlier::Replaced(stretch) => {
                let samples = self.inner.outbox.samples(id)?;
                let end = stretch.start.checked_add(stretch.samples);
                if stretch.samples == 0 || end.is_none_or(|end| end > samples) {
                    return Err(RecorderError::NoSuchStretch);
                }
                recording.create.replaces = Some(stretch);
            }
        }
        Ok(recording)
    }
}

#[cfg(test)]
mod tests;
