//! The thread of a take: reads the source, feeds the pipeline, writes the journal, tells the progress.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use medrecord_common::audio::SAMPLE_RATE;
use medrecord_common::ids::RecordingId;
use medrecord_common::recording::{ChangeKind, Gap, GapReason};
use medrecord_common::workstation::{TakeState, Warning};
use tokio::sync::watch;

use super::CaptureError;
use super::journal::Journal;
use super::pipeline::Pipeline;
use super::progress::{self, Progress};
use crate::audio::{AudioSource, Captured, OpenSource, Resampler, SourceError};
use crate::outbox::Outbox;

/// How long the source is waited for before commands are looked at again.
const READ: Duration = Duration::from_millis(50);
/// How often a microphone is looked for when there is none.
const SEARCH: Duration = Duration::from_secs(1);
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

/// A source with the way to 16 kHz that belongs to it.
struct Input {
    source: Box<dyn AudioSource>,
    resampler: Resampler,
    name: String,
}

impl Input {
    fn new(source: Box<dyn AudioSource>) -> Self {
        let resampler = Resampler::new(source.rate(), source.channels());
        let name = source.name().to_owned();
        Self { source, resampler, name }
    }
}

pub(super) struct Run {
    journal: Journal,
    pipeline: Pipeline,
    open: OpenSource,
    /// None while there is no microphone.
    input: Option<Input>,
    /// When samples last came, on the monotonic clock: a gap begins here.
    heard_at: Instant,
    searched_at: Instant,
    paused_since: Option<DateTime<Utc>>,
    commands: Receiver<Command>,
    publish: watch::Sender<Progress>,
    disk: Option<Warning>,
    written_at: Instant,
    captured: Vec<f32>,
}

impl Run {
    pub(super) fn new(
        outbox: Outbox,
        id: RecordingId,
        open: OpenSource,
        source: Box<dyn AudioSource>,
        commands: Receiver<Command>,
        publish: watch::Sender<Progress>,
    ) -> Self {
        Self {
            journal: Journal::new(outbox, id),
            pipeline: Pipeline::new(0),
            open,
            input: Some(Input::new(source)),
            heard_at: Instant::now(),
            searched_at: Instant::now(),
            paused_since: None,
            commands,
            publish,
            disk: None,
            written_at: Instant::now(),
            captured: Vec::new(),
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
            let over = match (&mut self.input, self.paused_since) {
                (Some(input), Some(_)) => {
                    if let Err(error) = input.source.discard() {
                        self.lose(&error);
                    }
                    false
                }
                (Some(_), None) => self.listen(READ),
                (None, Some(_)) => false,
                (None, None) => {
                    self.search();
                    false
                }
            };
            self.write_again();
            self.publish(false);
            if over {
                break;
            }
        }
        self.finish()
    }

    /// Reads the source once; answers whether a file is over.
    fn listen(&mut self, timeout: Duration) -> bool {
        let Some(input) = &mut self.input else { return false };
        let lost_frames = input.source.take_lost_frames();
        self.captured.clear();
        let read = input.source.read(&mut self.captured, timeout);
        if !self.captured.is_empty() {
            let mut pcm = Vec::new();
            input.resampler.push(&self.captured, &mut pcm);
            let rate = u64::from(input.source.rate());
            self.heard_at = Instant::now();
            self.take_in(&pcm);
            if lost_frames > 0 {
                self.close_segment();
                self.gap(lost_frames * u64::from(SAMPLE_RATE) / rate, GapReason::Overrun);
            }
        }
        match read {
            Ok(captured) => captured == Captured::End,
            Err(error) => {
                self.lose(&error);
                false
            }
        }
    }

    fn take_in(&mut self, pcm: &[i16]) {
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
        self.written_at = Instant::now();
        if let Err(error) = &written {
            tracing::error!(%error, "a commit failed; its samples are kept in memory");
        }
        self.disk = written.err().as_ref().map(progress::disk);
    }

    fn write_again(&mut self) {
        if self.journal.is_waiting() && self.written_at.elapsed() >= WRITE_AGAIN {
            self.write();
        }
    }

    /// Ends the segment under way, with the last samples of the resampler.
    fn close_segment(&mut self) {
        let (mut pcm, mut pieces) = (Vec::new(), Vec::new());
        if let Some(input) = &mut self.input {
            input.resampler.flush(&mut pcm);
        }
        self.pipeline.push(&pcm, &mut pieces);
        self.pipeline.close(&mut pieces);
        self.journal.add(pieces);
        self.write();
    }

    fn gap(&mut self, samples: u64, reason: GapReason) {
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
        if self.paused_since.is_none() {
            self.close_segment();
        }
        self.input = None;
        // Look at once.
        let now = Instant::now();
        self.searched_at = now.checked_sub(SEARCH).unwrap_or(now);
    }

    fn search(&mut self) {
        if self.searched_at.elapsed() < SEARCH {
            return;
        }
        self.searched_at = Instant::now();
        match (self.open)() {
            Ok(source) => {
                self.end_gap();
                self.input = Some(Input::new(source));
            }
            Err(error) => tracing::debug!(code = error.code(), "no source yet"),
        }
    }

    /// Accounts for the time without a source, by the monotonic clock.
    fn end_gap(&mut self) {
        let missing = self.heard_at.elapsed();
        self.heard_at = Instant::now();
        let samples = missing.as_secs_f64() * f64::from(SAMPLE_RATE);
        self.gap(samples as u64, GapReason::DeviceLost);
    }

    fn pause(&mut self, at: DateTime<Utc>) {
        if self.paused_since.is_some() {
            return;
        }
        // What was said before the key was pressed belongs to the recording.
        self.listen(Duration::ZERO);
        if self.input.is_some() {
            self.close_segment();
        } else {
            self.end_gap();
        }
        self.paused_since = Some(at);
    }

    fn resume(&mut self, at: DateTime<Utc>) {
        let Some(from) = self.paused_since.take() else { return };
        if let Some(input) = &mut self.input
            && let Err(error) = input.source.discard()
        {
            self.lose(&error);
        }
        self.add_pause(from, Some(at), at);
        self.heard_at = Instant::now();
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
        match (self.paused_since, self.input.is_some()) {
            (Some(from), _) => self.add_pause(from, None, Utc::now()),
            (None, true) => {
                self.listen(Duration::ZERO);
                self.close_segment();
            }
            (None, false) => self.end_gap(),
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
            if self.disk.is_none() {
                progress.level = self.pipeline.level();
            }
            progress.ended = ended;
            progress.warnings = self.disk.iter().cloned().collect();
            match &self.input {
                Some(input) => {
                    progress.source.clone_from(&input.name);
                    if input.source.stands_in() {
                        progress.warnings.push(progress::microphone_changed(&input.name));
                    }
                }
                None if ended => {}
                None => progress.warnings.push(progress::microphone_lost(&progress.source)),
            }
        });
    }
}
