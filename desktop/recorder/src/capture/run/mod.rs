//! The thread of a take: reads the source, feeds the pipeline, writes the journal, tells the progress.

mod gap;
mod tell;

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use medrecord_common::audio::SAMPLE_RATE;
use medrecord_common::recording::{ChangeKind, GapReason};
use medrecord_common::workstation::Warning;
use tokio::sync::watch;

use crate::audio::{AudioSource, Captured};
use crate::capture::CaptureError;
use crate::capture::clock::{Clock, Sleep};
use crate::capture::forgotten::Forgotten;
use crate::capture::input::{Heard, Input};
use crate::capture::journal::Journal;
use crate::capture::pipeline::Pipeline;
use crate::capture::progress::{self, Progress};
use crate::capture::standby::Standby;

/// How long the source is waited for before commands are looked at again.
const READ: Duration = Duration::from_millis(50);
/// How often a write that failed is tried again when no new samples ask for it (a pause, no microphone).
const WRITE_AGAIN: Duration = Duration::from_millis(500);
/// At the end: how often and how long writing is tried before the recording is left for recovery.
const CLOSE_PAUSE: Duration = Duration::from_millis(500);
const CLOSE_ATTEMPTS: u32 = 20;
/// So much later than it was said may sound be seen, from one look to the next.
const JITTER: Duration = Duration::from_millis(20);

pub(in crate::capture) enum Command {
    Pause(DateTime<Utc>),
    Resume(DateTime<Utc>),
    Mark(DateTime<Utc>),
    Stop,
}

pub(in crate::capture) struct Run {
    journal: Journal,
    pipeline: Pipeline,
    clock: Box<dyn Clock>,
    sleep: Sleep,
    /// None while there is no microphone.
    input: Option<Input>,
    standby: Standby,
    forgotten: Forgotten,
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
    pub(in crate::capture) fn new(
        journal: Journal,
        clock: Box<dyn Clock>,
        source: Box<dyn AudioSource>,
        standby: Standby,
        forgotten: Forgotten,
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
            forgotten,
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
    pub(in crate::capture) fn run(mut self) -> Result<(), CaptureError> {
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
            if over || self.is_too_long() {
                break;
            }
        }
        self.finish()
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
            let length = heard.length + time_of(heard.overrun);
            self.heard(length, now.saturating_sub(heard.held));
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

    /// Sound follows sound: what came while nobody looked, because a commit took its time, is as old as it is long, and
    /// the microphone may be gone since.
    fn heard(&mut self, length: Duration, latest: Duration) {
        self.heard_until = latest.min(self.heard_until + length + JITTER);
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

    /// Another microphone: when there is none, only zeros come, or one stands in for the chosen one.
    fn look_for_better(&mut self) {
        let silent = self.gap == Some(GapReason::Silent);
        let now = self.clock.now();
        let Some(mut better) =
            self.standby.look(self.input.as_ref(), silent, now, || self.clock.now())
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
            // What both heard is there once.
            let _ = better.sounds(|| self.clock.now());
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
}

fn time_of(samples: u64) -> Duration {
    Duration::from_secs_f64(samples as f64 / f64::from(SAMPLE_RATE))
}
