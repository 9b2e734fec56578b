//! What a take tells, after every look at its source.

use medrecord_common::recording::GapReason;
use medrecord_common::workstation::{TakeState, Warning};

use super::Run;
use crate::capture::progress;

impl Run {
    pub(super) fn publish(&mut self, ended: bool) {
        let on_disk = self.journal.on_disk();
        let warnings = self.warnings(ended);
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
            progress.warnings = warnings;
            if let Some(input) = &self.input {
                progress.source.clone_from(&input.name);
            }
        });
    }

    fn warnings(&self, ended: bool) -> Vec<Warning> {
        let mut warnings: Vec<Warning> = self.disk.iter().cloned().collect();
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
