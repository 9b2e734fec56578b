//! What a take tells, after every look at its source.

use std::time::Duration;

use medrecord_common::audio::SAMPLE_RATE;
use medrecord_common::recording::GapReason;
use medrecord_common::workstation::{TakeState, Warning};

use super::Run;
use crate::capture::forgotten::Forgotten;
use crate::capture::progress;

impl Run {
    pub(super) fn publish(&mut self, ended: bool) {
        let on_disk = self.journal.on_disk();
        let warnings = self.warnings(ended);
        let too_long = self.is_too_long();
        self.publish.send_modify(|progress| {
            progress.state = match self.paused_since {
                Some(_) => TakeState::Paused,
                None if on_disk == 0 => TakeState::Starting,
                None => TakeState::Recording,
            };
            progress.recorded_samples = self.pipeline.clock();
            progress.on_disk_samples = on_disk;
            progress.segments = self.journal.segments();
            // While nothing can be written, the meter stands still: it must not reassure.
            if self.gap == Some(GapReason::Silent) {
                progress.level = progress::SILENT;
            } else if self.disk.is_none() {
                progress.level = self.pipeline.level();
            }
            progress.ended = ended;
            progress.capped = too_long;
            progress.warnings = warnings;
            if let Some(input) = &self.input {
                progress.source.clone_from(&input.name);
            }
        });
    }

    pub(super) fn is_too_long(&self) -> bool {
        self.forgotten.is_over(self.reached())
    }

    /// Where the recording's clock stands, with the gap under way.
    fn reached(&self) -> u64 {
        let since = match (self.gap, self.paused_since) {
            (Some(_), None) => self.clock.now().whole.saturating_sub(self.heard_until),
            _ => Duration::ZERO,
        };
        self.pipeline.clock() + (since.as_secs_f64() * f64::from(SAMPLE_RATE)) as u64
    }

    fn warnings(&self, ended: bool) -> Vec<Warning> {
        let mut warnings: Vec<Warning> = self.disk.iter().cloned().collect();
        if !ended && self.paused_since.is_none() {
            warnings.extend(Forgotten::nudge(self.reached(), self.pipeline.last_speech()));
        }
        let Some(input) = &self.input else {
            let lost = (!ended).then(|| progress::microphone_lost(&self.publish.borrow().source));
            warnings.extend(lost);
            return warnings;
        };
        if self.gap == Some(GapReason::Silent) {
            warnings.push(progress::microphone_silent(&input.name));
        }
        if input.source.stands_in() {
            warnings.push(progress::microphone_changed(&input.name));
        }
        if self.clock.now().awake < self.lost_told_until {
            warnings.push(progress::sound_lost(&input.name));
        }
        if let Some(hertz) = input.odd_rate() {
            warnings.push(progress::odd_rate(&input.name, hertz, input.source.rate()));
        }
        warnings
    }
}
