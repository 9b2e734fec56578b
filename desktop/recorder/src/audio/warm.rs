//! A microphone that listens before it is needed: what is said as the key goes down is not lost.
//!
//! It keeps the last 2 s, in memory only. A recording gets what was captured since its key was pressed,
//! and nothing from before but the delay of the sound system (some 100 ms); the rest is forgotten.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::{Duration, Instant};

use super::{AudioSource, Captured, OpenSource, SourceError, Wanted};

/// What is kept at most.
const KEPT: Duration = Duration::from_secs(2);
const READ: Duration = Duration::from_millis(50);
/// How often a microphone is looked for when there is none.
const SEARCH: Duration = Duration::from_secs(5);
/// As long as opening takes at most: it may be under way.
const PATIENCE: Duration = Duration::from_secs(8);
/// Without samples for so long, it is no longer warm.
const STALE: Duration = Duration::from_millis(500);

/// A microphone in a thread of its own, until this is dropped or handed over.
pub struct WarmMicrophone {
    wanted: Sender<Handover>,
}

struct Handover {
    pressed: Instant,
    answer: SyncSender<(OpenSource, Option<Warm>)>,
}

impl WarmMicrophone {
    /// Opens what `open` gives, as soon as it can, and keeps it open.
    ///
    /// # Errors
    /// When the system has no thread for it.
    pub fn start(open: OpenSource) -> Result<Self, SourceError> {
        let (wanted, asked) = channel();
        std::thread::Builder::new()
            .name("warm microphone".to_owned())
            .spawn(move || keep_warm(open, &asked))
            .map_err(|_| SourceError::Unresponsive)?;
        Ok(Self { wanted })
    }

    /// For a take whose key was pressed then. None when the thread is gone: then the take opens its own.
    #[must_use]
    pub fn hand_over(self, pressed: Instant) -> Option<OpenSource> {
        let (answer, handed) = sync_channel(1);
        self.wanted.send(Handover { pressed, answer }).ok()?;
        let (mut open, warm) = handed.recv_timeout(PATIENCE).ok()?;
        let mut warm = warm.map(|warm| Box::new(warm) as Box<dyn AudioSource>);
        Some(Box::new(move |wanted| match warm.take() {
            Some(warm) if wanted == Wanted::Any => Ok(warm),
            _ => open(wanted),
        }))
    }
}

fn keep_warm(mut open: OpenSource, asked: &Receiver<Handover>) {
    let mut warm: Option<Warm> = None;
    loop {
        if warm.is_none() {
            warm = open(Wanted::Any).ok().map(Warm::new);
        }
        let wait = if warm.is_some() { Duration::ZERO } else { SEARCH };
        match asked.recv_timeout(wait) {
            Ok(Handover { pressed, answer }) => {
                let warm = warm.and_then(|warm| warm.since(pressed));
                let _ = answer.send((open, warm));
                return;
            }
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {}
        }
        warm = warm.take().and_then(|mut warm| warm.listen(READ).is_ok().then_some(warm));
    }
}

/// A source with what it heard last.
struct Warm {
    source: Box<dyn AudioSource>,
    /// Interleaved.
    heard: Vec<f32>,
    /// When the last of it arrived.
    until: Instant,
}

impl Warm {
    fn new(source: Box<dyn AudioSource>) -> Self {
        Self { source, heard: Vec::new(), until: Instant::now() }
    }

    fn listen(&mut self, timeout: Duration) -> Result<(), SourceError> {
        let before = self.heard.len();
        self.source.read(&mut self.heard, timeout)?;
        if self.heard.len() > before {
            self.until = Instant::now();
        }
        self.forget_before(KEPT);
        Ok(())
    }

    /// Keeps the last so long.
    fn forget_before(&mut self, kept: Duration) {
        let frames = (kept.as_secs_f64() * f64::from(self.source.rate())) as usize;
        let most = frames * usize::from(self.source.channels());
        self.heard.drain(..self.heard.len().saturating_sub(most));
    }

    /// With what was heard since then and no more; none when it does not deliver any more.
    fn since(mut self, pressed: Instant) -> Option<Self> {
        self.listen(Duration::ZERO).ok()?;
        if self.until.elapsed() >= STALE {
            return None;
        }
        self.forget_before(self.until.saturating_duration_since(pressed));
        Some(self)
    }
}

impl AudioSource for Warm {
    fn name(&self) -> &str {
        self.source.name()
    }

    fn rate(&self) -> u32 {
        self.source.rate()
    }

    fn channels(&self) -> u16 {
        self.source.channels()
    }

    fn read(&mut self, into: &mut Vec<f32>, timeout: Duration) -> Result<Captured, SourceError> {
        if self.heard.is_empty() {
            return self.source.read(into, timeout);
        }
        into.append(&mut self.heard);
        Ok(Captured::Samples)
    }

    fn discard(&mut self) -> Result<(), SourceError> {
        self.heard.clear();
        self.source.discard()
    }

    fn take_lost_frames(&mut self) -> u64 {
        self.source.take_lost_frames()
    }

    fn is_live(&self) -> bool {
        self.source.is_live()
    }

    fn stands_in(&self) -> bool {
        self.source.stands_in()
    }
}

#[cfg(test)]
mod tests;
