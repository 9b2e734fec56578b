//! Foot pedals and dictation microphones: Record, Pause, Stop and Mark by a key of theirs.
//!
//! One way: [`finder`] opens what is known and connected, a [`reader`] for each turns up its reports,
//! [`report`] says which keys are down, [`edges`] when they went down and up, [`wish`] what is meant by it,
//! and the [`panel`] asks the recorder for it, by the same calls as the window. Nothing of this is needed
//! to record: a control that cannot be used is a line on the screen.

mod buttons;
mod device;
mod edges;
mod finder;
mod led;
mod model;
mod panel;
mod reader;
mod report;
mod wish;

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use self::device::Kind;
use self::panel::Panel;
use crate::recorder::{Recorder, RecorderError};

/// A control that is plugged in can be used within this time.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What the panel hears; a control is named by a number of its own for each time it is connected.
enum Event {
    Connected {
        id: u64,
        name: &'static str,
        kind: Kind,
        write: Sender<Vec<u8>>,
    },
    Report {
        id: u64,
        bytes: Vec<u8>,
    },
    Gone {
        id: u64,
    },
    /// What is connected and cannot be used, with why, in words; all of it, each time that changes.
    Refused(Vec<String>),
    Close,
}

/// Controls are listened to as long as it lives.
pub struct Controls {
    events: Sender<Event>,
    /// Closed when this is dropped: then nothing is looked for any more.
    _looking: Sender<()>,
}

impl Controls {
    /// Looks for controls from now on. What comes of a key of theirs is handed to `tell`: nobody waits for
    /// an answer there, so what the recorder refuses has to be shown.
    #[must_use]
    pub fn listen(
        recorder: Recorder,
        tell: impl FnMut(Result<(), RecorderError>) + Send + 'static,
    ) -> Self {
        let (events, heard) = channel();
        let (looking, over) = channel();
        let start = |recorder: &Recorder| recorder.start(None);
        let panel = Panel::new(recorder, Box::new(start), Box::new(tell));
        spawn("controls", move || run(panel, &heard));
        let found = events.clone();
        spawn("controls-find", move || finder::watch(found, &over, LOOK_EVERY));
        Self { events, _looking: looking }
    }
}

impl Drop for Controls {
    fn drop(&mut self) {
        // Fails when the panel is gone already.
        let _ = self.events.send(Event::Close);
    }
}

fn run(mut panel: Panel, heard: &Receiver<Event>) {
    loop {
        match heard.recv_timeout(panel.patience()) {
            Ok(Event::Close) | Err(RecvTimeoutError::Disconnected) => return,
            Ok(event) => panel.hear(event, Instant::now()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        panel.tick(Instant::now());
    }
}

/// Without a thread there are no controls; everything else works.
fn spawn(name: &str, run: impl FnOnce() + Send + 'static) {
    if let Err(error) = thread::Builder::new().name(name.to_owned()).spawn(run) {
        tracing::warn!(%error, "no thread for foot pedals and dictation microphones");
    }
}

#[cfg(test)]
mod tests;
