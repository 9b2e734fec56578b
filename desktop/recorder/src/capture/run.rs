//! The thread of a take: reads the source, feeds the pipeline, writes the journal, tells the progress.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use medrecord_common::audio::SAMPLE_RATE;
use medrecord_common::audio::tally::Finding;
use medrecord_common::recording::{ChangeKind, Gap, GapReason};
use medrecord_common::workstation::{TakeState, Warning};
use tokio::sync::watch;

use super::CaptureError;
use super::clock::{Clock, Sleep};
use super::input::{Heard, Input};
use super::journal::Journal;
use super::pipeline::Pipeline;
use super::progress::{self, Progress};
use super::standby::Standby;
use crate::audio::{AudioSource, Captured, SourceError};

/// How long the source is waited for before commands are looked at again.
const READ: Duration = Duration::from_millis(50);
/// A gap that is shorter is the clocks' own.
const SHORTEST_GAP: u64 = SAMPLE_RATE as u64 / 50;
/// How long it is said that sound was lost.
const TOLD: Duration = Duration::from_secs(60);
/// How often a write that failed is tried again when no new samples ask for it (a pause, no microphone).
const WRITE_AGAIN: Duration = Duration::from_millis(500);
/// At the end: how often and how long writing is tried before the recording is left for recovery.
const CLOSE_PAUSE: Duration = Duration::from_millis(500);
const CLOSE_ATTEMPTS: u32 = 20;

pub(super) enum Command {
    Pause(DateTime<Utc>),
    Resume(DateTime<Utc>),
    Mark(DateTime<Utc>),
    Stop,
}

pub(super) struct Run {
    journal: Journal,
    pipeline: Pipeline,
    clock: Box<dyn Clock>,
    sleep: Sleep,
    /// None while there is no microphone.
    input: Option<Input>,
    standby: Standby,
    /// Why nothing is captured now; its length is known when sound comes again.
    gap: Option<GapReason>,
    /// Up to when there is sound, on the clock that goes on during sleep: a gap begins here.
    heard_until: Duration,
    /// The microphone that the recording's history names last.
    microphone: String,
    /// Until when it is said that sound was lost.
    lost_told_until: Duration,
    paused_since: Option<DateTime<Utc>>,
    commands: Receiver<Command>,
    publish: watch::Sender<Progress>,
    disk: Option<Warning>,
    written_at: Duration,
}

impl Run {
    pub(super) fn new(
        journal: Journal,
        clock: Box<dyn Clock>,
        source: Box<dyn AudioSource>,
        standby: Standby,
        commands: Receiver<Command>,
        publish: watch::Sender<Progress>,
    ) -> Self {
        let now = clock.now();
        Self {
            journal,
            pipeline: Pipeline::new(0),
            clock,
            sleep: Sleep::new(now),
            microphone: source.name().to_owned(),
            input: Some(Input::new(source)),
            standby,
            gap: None,
            heard_until: now.whole,
            lost_told_until: Duration::ZERO,
            paused_since: None,
            commands,
            publish,
            disk: None,
            written_at: now.awake,
        }
    }

    /// Until Stop, or the end of the file.
    pub(super) fn run(mut self) -> Result<(), CaptureError> {
        loop {
            let idle = self.paused_since.is_some() || self.input.is_none();
            let wait = if idle { READ } else { Duration::ZERO };
            match self.commands.recv_timeout(wait) {
                Ok(Command::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(Command::Pause(at)) => self.pause(at),
                Ok(Command::Resume(at)) => self.resume(at),
                Ok(Command::Mark(at)) => self.mark(at),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.notice_sleep();
            let over = match (&mut self.input, self.paused_since) {
                (Some(input), Some(_)) => {
                    if let Err(error) = input.source.discard() {
                        self.lose(&error);
                    }
                    false
                }
                (Some(_), None) => self.listen(READ),
                (None, _) => false,
            };
            self.look_for_better();
            self.write_again();
            self.publish(false);
            if over {
                break;
            }
        }
        self.finish()
    }

    /// After a sleep the stream may be dead without a word: a new one is opened in any case.
    fn notice_sleep(&mut self) {
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

    /// Reads the source once; answers whether a file is over.
    fn listen(&mut self, timeout: Duration) -> bool {
        let Some(input) = &mut self.input else { return false };
        let heard = input.listen(timeout, || self.clock.now(), self.gap.is_some());
        self.take_in(&heard);
        match heard.read {
            Ok(captured) => captured == Captured::End,
            Err(error) => {
                self.lose(&error);
                false
            }
        }
    }

    fn take_in(&mut self, heard: &Heard) {
        let now = self.clock.now().whole;
        if !heard.length.is_zero() {
            if self.gap.is_some() {
                self.end_gap(now.saturating_sub(heard.length + heard.held));
            }
            self.heard_until = now.saturating_sub(heard.held);
            self.push(&heard.pcm);
        }
        if self.gap.is_none() {
            self.account(heard);
        }
        if self.gap != Some(GapReason::Silent)
            && let Some(input) = self.input.as_mut().filter(|input| input.is_silent())
        {
            tracing::warn!("exact zeros");
            let rest = input.flush_without_zeros();
            if self.gap.is_some() {
                self.end_gap(now.saturating_sub(heard.held));
            } else {
                self.close_with(&rest);
            }
            self.gap = Some(GapReason::Silent);
        }
    }

    /// What was lost on the way, and a rate that is not what it says.
    fn account(&mut self, heard: &Heard) {
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

    fn push(&mut self, pcm: &[i16]) {
        let mut pieces = Vec::new();
        self.pipeline.push(pcm, &mut pieces);
        if !pieces.is_empty() {
            self.journal.add(pieces);
            self.write();
        }
    }

    /// Tries to write all that waits. A failure is shown and tried again with the next chunk.
    fn write(&mut self) {
        let written = self.journal.write();
        self.written_at = self.clock.now().awake;
        if let Err(error) = &written {
            tracing::error!(%error, "a commit failed; its samples are kept in memory");
        }
        self.disk = written.err().as_ref().map(progress::disk);
    }

    fn write_again(&mut self) {
        let waited = self.clock.now().awake.saturating_sub(self.written_at);
        if self.journal.is_waiting() && waited >= WRITE_AGAIN {
            self.write();
        }
    }

    /// Ends the segment under way, with all that was captured.
    fn close_segment(&mut self) {
        let Some(input) = &mut self.input else { return };
        self.heard_until += input.held();
        let rest = input.flush();
        self.close_with(&rest);
    }

    fn close_with(&mut self, rest: &[i16]) {
        let mut pieces = Vec::new();
        self.pipeline.push(rest, &mut pieces);
        self.pipeline.close(&mut pieces);
        self.journal.add(pieces);
        self.write();
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

    fn lose(&mut self, error: &SourceError) {
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
    fn end_gap(&mut self, at: Duration) {
        let Some(reason) = self.gap.take() else { return };
        let missing = at.saturating_sub(self.heard_until).as_secs_f64() * f64::from(SAMPLE_RATE);
        self.heard_until = at;
        if missing as u64 >= SHORTEST_GAP {
            self.add_gap(missing as u64, reason);
        }
        self.name_microphone();
    }

    /// The history says when another microphone took over.
    fn name_microphone(&mut self) {
        let Some(input) = self.input.as_ref().filter(|input| input.name != self.microphone) else {
            return;
        };
        self.microphone.clone_from(&input.name);
        let (sample, name) = (self.pipeline.clock(), input.name.clone());
        self.journal.add_change(Utc::now(), ChangeKind::Microphone { sample, name });
        self.write();
    }

    /// Another microphone: when there is none, only zeros come, or one stands in for the chosen one.
    fn look_for_better(&mut self) {
        let silent = self.gap == Some(GapReason::Silent);
        let now = self.clock.now();
        let Some(better) = self.standby.look(self.input.as_ref(), silent, now, || self.clock.now())
        else {
            return;
        };
        if self.paused_since.is_some() {
            self.input = Some(better);
            return;
        }
        // The old one to its last sample, then the new one.
        if self.input.is_some() && self.gap.is_none() {
            self.listen(Duration::ZERO);
            self.close_segment();
            self.heard_until = self.clock.now().whole;
            self.gap = Some(GapReason::DeviceLost);
        }
        self.input = Some(better);
    }

    fn pause(&mut self, at: DateTime<Utc>) {
        if self.paused_since.is_some() {
            return;
        }
        // What was said before the key was pressed belongs to the recording.
        self.listen(Duration::ZERO);
        self.close_now();
        self.paused_since = Some(at);
    }

    /// Ends segment or gap at this moment.
    fn close_now(&mut self) {
        if self.gap.is_some() {
            self.end_gap(self.clock.now().whole);
        } else {
            self.close_segment();
        }
    }

    fn resume(&mut self, at: DateTime<Utc>) {
        let Some(from) = self.paused_since.take() else { return };
        self.add_pause(from, Some(at), at);
        self.heard_until = self.clock.now().whole;
        let discarded = self.input.as_mut().map(|input| {
            input.begin_again();
            input.source.discard()
        });
        match discarded {
            Some(Ok(())) => self.name_microphone(),
            Some(Err(error)) => self.lose(&error),
            None => self.gap = Some(GapReason::DeviceLost),
        }
    }

    fn add_pause(&mut self, from: DateTime<Utc>, to: Option<DateTime<Utc>>, at: DateTime<Utc>) {
        let sample = self.pipeline.clock();
        self.journal.add_change(at, ChangeKind::Pause { sample, from, to });
        self.write();
    }

    fn mark(&mut self, at: DateTime<Utc>) {
        self.journal.add_change(at, ChangeKind::Marker { sample: self.pipeline.clock() });
        self.write();
    }

    fn finish(mut self) -> Result<(), CaptureError> {
        match self.paused_since {
            Some(from) => self.add_pause(from, None, Utc::now()),
            None => {
                self.listen(Duration::ZERO);
                self.close_now();
            }
        }
        // The device is free before the last bytes are written.
        self.input = None;
        let mut closed = self.journal.finish(false);
        for _ in 1..CLOSE_ATTEMPTS {
            let Err(error) = &closed else { break };
            self.disk = Some(progress::disk(error));
            self.publish(false);
            std::thread::park_timeout(CLOSE_PAUSE);
            closed = self.journal.finish(false);
        }
        closed?;
        self.disk = None;
        self.publish(true);
        Ok(())
    }

    fn publish(&mut self, ended: bool) {
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
