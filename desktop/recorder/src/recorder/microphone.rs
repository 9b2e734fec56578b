//! The microphone before a recording: warm, so that nothing is lost; tried, so that it is known to work.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use medrecord_common::workstation::MicrophoneTrial;

use super::{MICROPHONE, Recorder, RecorderError, locked};
use crate::audio::{OpenSource, Trial, Wanted, WarmMicrophone, open_microphone, try_microphone};
use crate::capture::CaptureError;

/// Longer trials are of no use, and are memory.
const LONGEST_TRIAL: u64 = 30;

impl Recorder {
    /// Keeps the chosen microphone open while nothing is recorded, so that a recording begins with the
    /// key and not with the microphone. What it hears stays in memory for 2 s and goes nowhere. Does not
    /// wait for the microphone.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub fn warm_up(&self, on: bool) -> Result<(), RecorderError> {
        self.inner.warm_wanted.store(on, Ordering::Relaxed);
        self.warm_again()
    }

    /// After a recording or another choice: as it was wished last.
    pub(super) fn warm_again(&self) -> Result<(), RecorderError> {
        let mut warm = locked(&self.inner.warm);
        *warm = None;
        if self.inner.warm_wanted.load(Ordering::Relaxed) && !self.is_recording() {
            let open = open_microphone(self.inner.outbox.setting(MICROPHONE)?);
            // Without a thread it stays cold.
            *warm = WarmMicrophone::start(open).ok();
        }
        Ok(())
    }

    /// The chosen microphone, warm if it is, for a recording whose key was pressed then.
    pub(super) fn chosen_microphone(&self, pressed: Instant) -> Result<OpenSource, RecorderError> {
        let warm = locked(&self.inner.warm).take();
        match warm.and_then(|warm| warm.hand_over(pressed)) {
            Some(open) => Ok(open),
            None => Ok(open_microphone(self.inner.outbox.setting(MICROPHONE)?)),
        }
    }

    fn is_recording(&self) -> bool {
        self.progress().is_some_and(|(_, progress)| !progress.borrow().ended)
    }

    /// Listens to the chosen microphone for so many seconds (6 are enough for each verdict) and judges.
    ///
    /// # Errors
    /// [`RecorderError::AlreadyRecording`]; [`RecorderError::Capture`] when it cannot be used.
    pub fn try_microphone(&self, seconds: u64) -> Result<MicrophoneTrial, RecorderError> {
        if self.is_recording() {
            return Err(RecorderError::AlreadyRecording);
        }
        let open = self.chosen_microphone(Instant::now());
        let length = Duration::from_secs(seconds.min(LONGEST_TRIAL));
        let tried = open.and_then(|mut open| {
            let source = open(Wanted::Any);
            let trial = source.and_then(|mut source| try_microphone(&mut *source, length));
            Ok(trial.map_err(CaptureError::from)?)
        });
        self.warm_again()?;
        let Trial { microphone, level, verdict, wav } = tried?;
        Ok(MicrophoneTrial { microphone, level, verdict, wav: STANDARD.encode(wav) })
    }
}
