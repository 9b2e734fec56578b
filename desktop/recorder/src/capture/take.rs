//! A take: a recording that is being made, in a thread of its own.

use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use chrono::Utc;
use tokio::sync::watch;

use super::CaptureError;
use super::clock::{Clock, SystemClock};
use super::forgotten::Forgotten;
use super::journal::Journal;
use super::progress::Progress;
use super::run::{Command, Run};
use super::search::Search;
use super::standby::Standby;
use crate::audio::{OpenSource, Wanted};
use crate::outbox::{NewRecording, Outbox};

/// The handle of a recording under way. Dropping it stops the recording as [`Take::stop`] does, but
/// does not wait.
pub struct Take {
    commands: Sender<Command>,
    progress: watch::Receiver<Progress>,
    thread: JoinHandle<Result<(), CaptureError>>,
}

impl Take {
    /// Opens the source, makes the recording's row, and records. Blocks while the source opens
    /// (seconds for a microphone). A source that gets lost is opened again by the same `open`, so it
    /// should then give what else there is ([`crate::audio::open_microphone`]).
    /// At the cap ([`Outbox::cap_minutes`]) it ends by itself.
    ///
    /// # Errors
    /// When the source cannot be opened (then nothing was made) or the row not written.
    pub fn start(
        outbox: Outbox,
        open: OpenSource,
        recording: &NewRecording,
    ) -> Result<Self, CaptureError> {
        Self::start_by(Box::<SystemClock>::default(), outbox, open, recording)
    }

    /// By another clock than the system's.
    pub(super) fn start_by(
        clock: Box<dyn Clock>,
        outbox: Outbox,
        mut open: OpenSource,
        recording: &NewRecording,
    ) -> Result<Self, CaptureError> {
        let forgotten = Forgotten::with_cap(outbox.cap_minutes()?);
        let source = open(Wanted::Any)?;
        outbox.begin(recording)?;
        let (commands, received) = channel();
        let (publish, progress) = watch::channel(Progress::starting(source.name().to_owned()));
        let journal = Journal::new(outbox, recording.id);
        let standby = Standby::new(Search::new(open).map_err(|_| CaptureError::Died)?);
        let run = Run::new(journal, clock, source, standby, forgotten, received, publish);
        let thread = std::thread::Builder::new()
            .name("capture".to_owned())
            .spawn(move || run.run())
            .map_err(|_| CaptureError::Died)?;
        Ok(Self { commands, progress, thread })
    }

    /// The sample clock stands still until [`Self::resume`].
    pub fn pause(&self) {
        self.send(Command::Pause(Utc::now()));
    }

    pub fn resume(&self) {
        self.send(Command::Resume(Utc::now()));
    }

    /// Marks this moment.
    pub fn mark(&self) {
        self.send(Command::Mark(Utc::now()));
    }

    /// Ends the recording and waits until all of it is durable and closed.
    ///
    /// # Errors
    /// When its end could not be written, not even after some seconds of trying.
    pub fn stop(self) -> Result<(), CaptureError> {
        self.send(Command::Stop);
        self.thread.join().unwrap_or(Err(CaptureError::Died))
    }

    /// Closes when the take's thread is over.
    #[must_use]
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    fn send(&self, command: Command) {
        // Fails when the take has already ended by itself: then there is nothing to do.
        let _ = self.commands.send(command);
    }
}
