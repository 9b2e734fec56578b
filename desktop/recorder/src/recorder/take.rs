//! The recording under way: from Record to Stop.

use std::time::Instant;

use chrono::Utc;
use medrecord_common::ids::RecordingId;
use medrecord_common::patient::Patient;
use medrecord_common::recording::CreateRecording;
use tokio::sync::watch;

use super::{Recorder, RecorderError, locked};
use crate::audio::OpenSource;
use crate::awake::Awake;
use crate::capture::{Progress, Take};
use crate::outbox::NewRecording;

pub(super) struct Running {
    pub(super) id: RecordingId,
    take: Take,
    awake: Awake,
}

impl Running {
    pub(super) fn progress(&self) -> watch::Receiver<Progress> {
        self.take.progress()
    }

    /// Whether the computer may go to sleep although it records.
    pub(super) fn may_sleep(&self) -> bool {
        self.awake.is_refused()
    }
}

impl Recorder {
    /// Records from the chosen microphone; blocks until it delivers or fails.
    ///
    /// # Errors
    /// [`RecorderError::AlreadyRecording`]; [`RecorderError::Capture`] when no microphone opens.
    pub fn start(&self, patient: Option<Patient>) -> Result<RecordingId, RecorderError> {
        let pressed = Instant::now();
        self.start_from(self.chosen_microphone(pressed)?, patient)
    }

    /// Records from any source.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_from(
        &self,
        source: OpenSource,
        patient: Option<Patient>,
    ) -> Result<RecordingId, RecorderError> {
        let recording = self.new_recording(patient)?;
        self.start_recording(source, recording)
    }

    pub(super) fn start_recording(
        &self,
        source: OpenSource,
        recording: NewRecording,
    ) -> Result<RecordingId, RecorderError> {
        let _no_update = self.require_no_update()?;
        // Held while the source opens: a second press of the key must not start a second take.
        let mut running = locked(&self.inner.running);
        if let Some(over) = running.take_if(|running| running.progress().borrow().ended) {
            over.take.stop()?;
        }
        if running.is_some() {
            return Err(RecorderError::AlreadyRecording);
        }
        self.inner.space.require()?;
        let take = Take::start(self.inner.outbox.clone(), source, &recording)?;
        *running = Some(Running { id: recording.id, take, awake: Awake::hold() });
        drop(running);
        tracing::info!(recording = %recording.id, "recording");
        self.touch();
        Ok(recording.id)
    }

    /// The clock stands still until [`Self::resume`].
    ///
    /// # Errors
    /// [`RecorderError::NotRecording`].
    pub fn pause(&self) -> Result<(), RecorderError> {
        self.with_take(Take::pause)
    }

    /// # Errors
    /// [`RecorderError::NotRecording`].
    pub fn resume(&self) -> Result<(), RecorderError> {
        self.with_take(Take::resume)
    }

    /// Marks this moment.
    ///
    /// # Errors
    /// [`RecorderError::NotRecording`].
    pub fn mark(&self) -> Result<(), RecorderError> {
        self.with_take(Take::mark)
    }

    /// Ends the recording; all of it is durable when this returns.
    ///
    /// # Errors
    /// [`RecorderError::NotRecording`]; [`RecorderError::Capture`] when its end could not be written.
    pub fn stop(&self) -> Result<(), RecorderError> {
        let running = locked(&self.inner.running).take().ok_or(RecorderError::NotRecording)?;
        let result = running.take.stop();
        tracing::info!(recording = %running.id, "stopped");
        self.touch();
        self.warm_again()?;
        Ok(result?)
    }

    /// How the recording under way goes; none when there is none.
    #[must_use]
    pub fn progress(&self) -> Option<(RecordingId, watch::Receiver<Progress>)> {
        locked(&self.inner.running).as_ref().map(|running| (running.id, running.progress()))
    }

    pub(super) fn may_sleep(&self) -> bool {
        locked(&self.inner.running).as_ref().is_some_and(Running::may_sleep)
    }

    fn with_take(&self, act: impl FnOnce(&Take)) -> Result<(), RecorderError> {
        let running = locked(&self.inner.running);
        act(&running.as_ref().ok_or(RecorderError::NotRecording)?.take);
        Ok(())
    }

    pub(super) fn new_recording(
        &self,
        patient: Option<Patient>,
    ) -> Result<NewRecording, RecorderError> {
        let owner = self.inner.outbox.current_account()?.map(|account| account.clinician);
        let create = CreateRecording { patient, ..CreateRecording::dictation(Utc::now()) };
        Ok(NewRecording { id: RecordingId::new(), owner, create })
    }
}
