//! Speaks the source into a recorder's input, on our clock, whether or not the recorder listens.

use std::io::Write as _;
use std::process::ChildStdin;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::source::RATE;

/// How often the next samples are spoken.
const TICK: Duration = Duration::from_millis(5);

/// A thread that speaks until the recorder is gone, or until it is hushed.
pub(crate) struct Speaker {
    began: Instant,
    speed: f64,
    hushed: std::sync::mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

impl Speaker {
    /// Begins now, `speed` times faster than life, and speaks `length` samples: the source over and over.
    pub(crate) fn start(
        source: &Arc<Vec<i16>>,
        length: usize,
        speed: f64,
        mut to: ChildStdin,
    ) -> Self {
        let began = Instant::now();
        let (hushed, hush) = std::sync::mpsc::channel();
        let source = Arc::clone(source);
        let thread = std::thread::spawn(move || {
            let mut spoken = 0;
            let mut voice = source.iter().cycle();
            while spoken < length {
                let due = samples(began.elapsed(), speed).min(length);
                let next = voice.by_ref().take(due - spoken);
                let bytes: Vec<u8> = next.flat_map(|sample| sample.to_le_bytes()).collect();
                // An error: the recorder is gone.
                if to.write_all(&bytes).is_err() || hush.recv_timeout(TICK) != timeout() {
                    return;
                }
                spoken = due;
            }
        });
        Self { began, speed, hushed, thread }
    }

    /// The samples that were spoken by `at`.
    pub(crate) fn spoken(&self, at: Instant) -> usize {
        samples(at.saturating_duration_since(self.began), self.speed)
    }

    /// When `samples` will have been spoken.
    pub(crate) fn time_of(&self, samples: f64) -> Instant {
        self.began + Duration::from_secs_f64(samples / f64::from(RATE) / self.speed)
    }

    /// Ends it; the recorder's input is closed then.
    pub(crate) fn hush(self) {
        let _ = self.hushed.send(());
        let _ = self.thread.join();
    }
}

const fn timeout() -> Result<(), std::sync::mpsc::RecvTimeoutError> {
    Err(std::sync::mpsc::RecvTimeoutError::Timeout)
}

fn samples(time: Duration, speed: f64) -> usize {
    (time.as_secs_f64() * f64::from(RATE) * speed) as usize
}

/// Waits until then.
pub(crate) fn wait_until(then: Instant) {
    loop {
        let left = then.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        std::thread::park_timeout(left);
    }
}
