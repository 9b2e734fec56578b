//! A sound file from elsewhere becomes a recording of this clinician.

use std::path::Path;

use medrecord_common::patient::Patient;
use medrecord_common::workstation::ImportedRecording;

use super::{Recorder, RecorderError};
use crate::capture::{self, CaptureError, Imported};
use crate::outbox::{NewRecording, Outbox};

impl Recorder {
    /// Makes a recording of a whole sound file, as fast as it goes; the file is kept beside it.
    ///
    /// # Errors
    /// [`RecorderError::Capture`] when the file cannot be read.
    pub fn import(
        &self,
        path: &Path,
        patient: Option<Patient>,
    ) -> Result<ImportedRecording, RecorderError> {
        self.read_in(patient, |outbox, recording| capture::import(outbox, path, recording))
    }

    /// As [`Self::import`], with the bytes of a file that is called so.
    ///
    /// # Errors
    /// As [`Self::import`].
    pub fn import_bytes(
        &self,
        name: &str,
        bytes: Vec<u8>,
        patient: Option<Patient>,
    ) -> Result<ImportedRecording, RecorderError> {
        self.read_in(patient, |outbox, recording| {
            capture::import_bytes(outbox, name, bytes, recording)
        })
    }

    fn read_in(
        &self,
        patient: Option<Patient>,
        import: impl FnOnce(&Outbox, &NewRecording) -> Result<Imported, CaptureError>,
    ) -> Result<ImportedRecording, RecorderError> {
        let _no_update = self.require_no_update()?;
        let recording = self.new_recording(patient)?;
        let imported = import(&self.inner.outbox, &recording)?;
        let broken_at_ms = imported.broken_at.map(|at| at.as_millis() as u64);
        Ok(ImportedRecording { recording: recording.id, broken_at_ms })
    }
}
