//! Opens microphones in a thread of its own: that may take seconds, and capture does not wait.

use std::sync::mpsc::{Receiver, Sender, channel};

use crate::audio::{AudioSource, OpenSource, SourceError, Wanted};

type Found = Result<Box<dyn AudioSource>, SourceError>;

/// One search at a time. Dropping it leaves a search that hangs alone.
pub(super) struct Search {
    ask: Sender<Wanted>,
    found: Receiver<(Wanted, Found)>,
    under_way: bool,
}

impl Search {
    pub(super) fn new(mut open: OpenSource) -> std::io::Result<Self> {
        let (ask, asked) = channel();
        let (answer, found) = channel();
        std::thread::Builder::new().name("microphone search".to_owned()).spawn(move || {
            while let Ok(wanted) = asked.recv() {
                if answer.send((wanted, open(wanted))).is_err() {
                    break;
                }
            }
        })?;
        Ok(Self { ask, found, under_way: false })
    }

    pub(super) const fn is_under_way(&self) -> bool {
        self.under_way
    }

    /// Starts a search, when none is under way.
    pub(super) fn begin(&mut self, wanted: Wanted) {
        // The thread ends with this, or by a panic of the sound system's library.
        if !self.under_way && self.ask.send(wanted).is_ok() {
            self.under_way = true;
        }
    }

    /// What the search found, once it is over.
    pub(super) fn found(&mut self) -> Option<(Wanted, Found)> {
        let found = self.found.try_recv().ok()?;
        self.under_way = false;
        Some(found)
    }
}
