//! Two clocks: one that stands still while the computer sleeps, and one that does not.

use std::time::{Duration, Instant};

/// A moment on both clocks; only differences mean something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Moment {
    /// Stands still while the computer sleeps.
    pub(crate) awake: Duration,
    /// Goes on.
    pub(crate) whole: Duration,
}

/// The seam to the system's clocks: tests make their own time.
pub(crate) trait Clock: Send {
    fn now(&self) -> Moment;
}

/// The system's own.
#[derive(Debug)]
pub(crate) struct SystemClock {
    /// std's clock stands still during sleep on Linux and Apple's systems; on Windows it goes on, and
    /// sleep shows as a tick that took too long.
    began: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { began: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        let awake = self.began.elapsed();
        Moment { awake, whole: whole().unwrap_or(awake) }
    }
}

/// The clock that goes on during sleep, where it is another one.
#[cfg(unix)]
fn whole() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    #[cfg(target_os = "linux")]
    let id = ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    let id = ClockId::Monotonic;
    Duration::try_from(clock_gettime(id)).ok()
}

#[cfg(not(unix))]
const fn whole() -> Option<Duration> {
    None
}

/// Notices that the computer slept between two looks.
#[derive(Debug)]
pub(super) struct Sleep {
    last: Moment,
}

/// Less is what the clocks are read apart.
const SHORTEST: Duration = Duration::from_millis(500);
/// Nobody who looks every 50 ms is held up for so long while the computer is awake.
const HELD_UP: Duration = Duration::from_secs(30);

impl Sleep {
    pub(super) const fn new(now: Moment) -> Self {
        Self { last: now }
    }

    /// Whether it slept since the last call.
    pub(super) fn slept(&mut self, now: Moment) -> bool {
        let before = std::mem::replace(&mut self.last, now);
        let awake = now.awake.saturating_sub(before.awake);
        let whole = now.whole.saturating_sub(before.whole);
        whole.saturating_sub(awake) >= SHORTEST || awake >= HELD_UP
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Clock as _, Moment, Sleep, SystemClock};

    fn at(awake: f64, whole: f64) -> Moment {
        let seconds = Duration::from_secs_f64;
        Moment { awake: seconds(awake), whole: seconds(whole) }
    }

    #[test]
    fn only_a_clock_that_stood_still_is_a_sleep() {
        let mut sleep = Sleep::new(at(5.0, 905.0));
        assert!(!sleep.slept(at(5.05, 905.05)));
        // Held up by a slow disk.
        assert!(!sleep.slept(at(12.0, 912.0)));
        assert!(sleep.slept(at(12.1, 915.2)));
        assert!(!sleep.slept(at(12.2, 915.3)));
        // Where one clock is all there is.
        assert!(sleep.slept(at(60.0, 963.1)));
    }

    #[test]
    fn the_systems_clocks_run_at_the_same_speed_while_it_is_awake() {
        let clock = SystemClock::default();
        let mut sleep = Sleep::new(clock.now());
        for _ in 0..1_000 {
            assert!(!sleep.slept(clock.now()));
        }
    }
}
