//! Discard and restore: nothing that is recorded is deleted at once.

use chrono::Utc;
use medrecord_common::audio::samples_to_ms;
use medrecord_common::ids::RecordingId;
use medrecord_common::recording::ChangeKind;
use medrecord_common::workstation::TrashedRecording;

use super::{Recorder, RecorderError};
use crate::outbox::{TRASH, TrashEntry};

impl Recorder {
    /// Puts a recording that is over into the trash: hidden at once, here and on the server, and deleted
    /// after [`TRASH`]. Once more does nothing.
    ///
    /// # Errors
    /// [`RecorderError::UnknownRecording`] when it is not this clinician's; [`RecorderError::StillRecording`].
    pub fn discard(&self, id: RecordingId) -> Result<(), RecorderError> {
        self.require_own(id)?;
        self.require_over(id)?;
        if self.inner.outbox.recording(id)?.discarded_at.is_none() {
            self.inner.outbox.add_change(id, Utc::now(), ChangeKind::Discard)?;
        }
        Ok(())
    }

    /// Takes a recording out of the trash; it goes on from where it was. Once more does nothing.
    ///
    /// # Errors
    /// [`RecorderError::UnknownRecording`] when it is not this clinician's, or was deleted by now.
    pub fn restore(&self, id: RecordingId) -> Result<(), RecorderError> {
        self.require_own(id)?;
        if self.inner.outbox.recording(id)?.discarded_at.is_some() {
            self.inner.outbox.add_change(id, Utc::now(), ChangeKind::Restore)?;
        }
        Ok(())
    }

    /// What the current clinician can still restore, the last discarded first.
    ///
    /// # Errors
    /// [`RecorderError::Locked`]; when the outbox cannot be read.
    pub fn trash(&self) -> Result<Vec<TrashedRecording>, RecorderError> {
        self.require_unlocked()?;
        self.require_unlocked()?;
        let owner = self.inner.outbox.current_account()?.map(|account| account.clinician);
        let shown = |TrashEntry { recording, discarded_at, samples }| TrashedRecording {
            id: recording.id,
            started_at: recording.create.started_at,
            patient: recording.patient,
            duration_ms: samples_to_ms(samples),
            discarded_at,
            goes_at: discarded_at + TRASH,
        };
        Ok(self.inner.outbox.trash(owner)?.into_iter().map(shown).collect())
    }
}
