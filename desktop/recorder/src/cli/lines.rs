//! Lines for whoever follows a recording, from a thread of their own: a terminal that is held (Ctrl-S) or a
//! program that does not read must not keep the recording from being stopped.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use super::say;

/// How long the last lines may take, once the recording is safe.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) struct Lines {
    lines: Sender<String>,
    written: Receiver<()>,
}

impl Lines {
    pub(super) fn start() -> std::io::Result<Self> {
        let (lines, waiting) = channel::<String>();
        let (done, written) = channel();
        std::thread::Builder::new().name("lines".to_owned()).spawn(move || {
            // When nobody reads them any more they are dropped.
            waiting.iter().for_each(|line| drop(say(line)));
            let _ = done.send(());
        })?;
        Ok(Self { lines, written })
    }

    pub(super) fn say(&self, line: impl ToString) {
        let _ = self.lines.send(line.to_string());
    }

    /// Until all are written, if that is soon.
    pub(super) fn finish(self) {
        drop(self.lines);
        let _ = self.written.recv_timeout(PATIENCE);
    }
}
