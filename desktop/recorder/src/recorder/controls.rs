//! Foot pedals and dictation microphones, as far as the screen and the settings know them.

use medrecord_common::ids::RecordingId;
use medrecord_common::workstation::{ControlMode, Severity, Take, TakeState, Warning};

use super::state::warning;
use super::{Recorder, RecorderError, locked};

/// What the controls let the screen say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ShownControls {
    /// By name.
    pub(crate) connected: Vec<String>,
    /// What is connected and cannot be used, in words.
    pub(crate) refused: Vec<String>,
    /// What was unplugged while its Record was held, and in which recording.
    pub(crate) lost: Option<(RecordingId, &'static str)>,
}

impl Recorder {
    /// How the Record of a pedal or a dictation microphone works on this workstation.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub fn control_mode(&self) -> Result<ControlMode, RecorderError> {
        Ok(self.inner.outbox.control_mode()?)
    }

    /// Sets it, from the next press on.
    ///
    /// # Errors
    /// When the outbox cannot be written.
    pub fn set_control_mode(&self, mode: ControlMode) -> Result<(), RecorderError> {
        Ok(self.inner.outbox.set_control_mode(mode)?)
    }

    pub(crate) fn show_controls(&self, shown: ShownControls) {
        *locked(&self.inner.controls) = shown;
        self.touch();
    }
}

pub(super) fn warnings(shown: &ShownControls, take: Option<&Take>) -> Vec<Warning> {
    let refused = shown.refused.iter();
    let mut warnings: Vec<Warning> =
        refused.map(|text| warning(Severity::Notice, "control_refused", text)).collect();
    if let (Some((recording, name)), Some(take)) = (shown.lost, take)
        && take.recording == recording
        && take.state != TakeState::Paused
    {
        let text = format!(
            "Recording goes on: {name} was unplugged while it was held. Pause or stop here, or connect it \
             again."
        );
        warnings.push(warning(Severity::Warning, "control_lost", &text));
    }
    warnings
}
