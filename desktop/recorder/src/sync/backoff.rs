//! How long to wait before trying again: full jitter, so that 2,000 recorders do not come back at once.

use std::time::Duration;

const BASE: Duration = Duration::from_secs(1);
/// A client asks a server that does not answer at most once in so long.
pub(super) const FLOOR: Duration = Duration::from_secs(1);
const CAP: Duration = Duration::from_secs(300);

/// The server is not believed beyond this; a wrong `Retry-After` must not stop sync for a day.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3_600);

/// `floor + random(0 … base · 2^(failures − 1))`, at most the cap; what the server asked for wins.
///
/// `failures` counts from 1, `random` is in 0 … 1.
#[must_use]
pub fn delay(failures: u32, retry_after: Option<Duration>, random: f64) -> Duration {
    if let Some(asked) = retry_after {
        return asked.clamp(FLOOR, LONGEST_RETRY_AFTER);
    }
    // 2^9 s is over the cap already.
    let ceiling = (BASE * 2_u32.pow(failures.saturating_sub(1).min(9))).min(CAP - FLOOR);
    FLOOR + ceiling.mul_f64(random.clamp(0.0, 1.0))
}

/// A random number in 0 … 1.
#[must_use]
pub fn random() -> f64 {
    let mut bytes = [0; 4];
    // Without randomness there is no jitter, but still a delay.
    match aws_lc_rs::rand::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX),
        Err(_) => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{delay, random};

    #[test]
    fn the_ceiling_doubles_up_to_five_minutes() {
        let ceilings = [1, 2, 3, 9, 10, 1_000_000].map(|n| delay(n, None, 1.0).as_secs());
        assert_eq!(ceilings, [2, 3, 5, 257, 300, 300]);
    }

    #[test]
    fn the_jitter_is_full_above_a_second() {
        assert_eq!(delay(5, None, 0.0), Duration::from_secs(1));
        assert_eq!(delay(5, None, 0.5), Duration::from_secs(9));
        assert_eq!(delay(5, Some(Duration::ZERO), 0.5), Duration::from_secs(1));
        assert!((0.0..=1.0).contains(&random()));
    }

    #[test]
    fn what_the_server_asked_for_wins_within_reason() {
        assert_eq!(delay(1, Some(Duration::from_secs(42)), 0.0).as_secs(), 42);
        assert_eq!(delay(1, Some(Duration::from_secs(1 << 40)), 0.0).as_secs(), 3_600);
    }
}
