//! What was not captured becomes a gap: sleep, a lost microphone, samples lost on the way.

use std::time::Duration;

use chrono::Utc;
use medrecord_common::audio::SAMPLE_RATE;
use medrecord_common::audio::tally::Finding;
use medrecord_common::recording::{ChangeKind, Gap, GapReason};

use super::{Run, time_of};
use crate::audio::SourceError;
use crate::capture::input::Heard;

/// A gap that is shorter is the clocks' own.
const SHORTEST_GAP: u64 = SAMPLE_RATE as u64 / 50;
/// How long it is said that sound was lost.
const TOLD: Duration = Duration::from_secs(60);

impl Run {
    /// After a sleep the stream may be dead without a word: a new one is opened in any case.
    pub(super) fn notice_sleep(&mut self) {
        if !self.sleep.slept(self.clock.now()) {
            return;
        }
        tracing::warn!("the computer slept");
        if self.input.is_some() {
            self.break_off(GapReason::Sleep);
        }
        if self.paused_since.is_none() {
            self.gap = Some(GapReason::Sleep);
        }
    }

    /// What was lost on the way, and a rate that is not what it says.
    pub(super) fn account(&mut self, heard: &Heard) {
        if heard.overrun > 0 {
            self.tell_loss();
            self.close_segment();
            self.add_gap(heard.overrun, GapReason::Overrun);
        }
        match heard.finding {
            Some(Finding::Missing { frames }) => {
                let samples = self.input.as_ref().map_or(0, |input| input.at_16_khz(frames));
                tracing::warn!(samples, "the sound system lost samples");
                self.tell_loss();
                self.close_segment();
                self.add_gap(samples, GapReason::Overrun);
                self.heard(time_of(samples), self.clock.now().whole.saturating_sub(heard.held));
            }
            Some(Finding::Rate { hertz }) => self.correct_rate(hertz),
            None => {}
        }
    }

    /// What comes now is right; what came until this was noticed is stretched or squeezed.
    fn correct_rate(&mut self, hertz: u32) {
        tracing::warn!(hertz, "the microphone's rate is not what it says");
        self.close_segment();
        if let Some(input) = &mut self.input {
            input.correct_rate(hertz);
        }
    }

    fn tell_loss(&mut self) {
        self.lost_told_until = self.clock.now().awake + TOLD;
    }

    fn add_gap(&mut self, samples: u64, reason: GapReason) {
        if samples == 0 {
            return;
        }
        let gap = Gap { start: self.pipeline.clock(), samples, reason };
        self.pipeline.skip(samples);
        self.journal.add_change(Utc::now(), ChangeKind::Gap(gap));
        self.write();
    }

    pub(super) fn lose(&mut self, error: &SourceError) {
        tracing::warn!(code = error.code(), "the source is lost");
        self.break_off(GapReason::DeviceLost);
    }

    /// Ends the stream; nothing is captured until there is another one.
    fn break_off(&mut self, reason: GapReason) {
        if self.paused_since.is_none() {
            if let Some(input) = self.input.as_mut().filter(|_| self.gap.is_none()) {
                // Zeros at the end belong to what is lost.
                let rest = input.flush_without_zeros();
                self.close_with(&rest);
            }
            // What has gone on since the gap began has the worse reason now.
            self.gap = Some(reason);
        }
        self.input = None;
        self.standby.begin_again();
    }

    /// Accounts for the time without sound, up to this moment.
    pub(super) fn end_gap(&mut self, at: Duration) {
        let Some(reason) = self.gap.take() else { return };
        let missing = at.saturating_sub(self.heard_until).as_secs_f64() * f64::from(SAMPLE_RATE);
        self.heard_until = at;
        if missing as u64 >= SHORTEST_GAP {
            self.add_gap(missing as u64, reason);
        }
        self.name_microphone();
    }

    /// The history says when another microphone took over.
    pub(super) fn name_microphone(&mut self) {
        let Some(input) = self.input.as_ref().filter(|input| input.name != self.microphone) else {
            return;
        };
        self.microphone.clone_from(&input.name);
        let (sample, name) = (self.pipeline.clock(), input.name.clone());
        self.journal.add_change(Utc::now(), ChangeKind::Microphone { sample, name });
        self.write();
    }
}
