//! When a job that failed runs again.

use std::time::Duration;

const BASE: Duration = Duration::from_secs(1);
const CAP: Duration = Duration::from_secs(300);
/// A provider that asks for more than a day is not believed.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// Full jitter under a doubling bound, and never before the provider's own wish.
/// `random` is a number from 0 to 1.
pub(super) fn delay(attempt: i32, after: Option<Duration>, random: f64) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(0).min(16);
    let bound = BASE.saturating_mul(1 << doublings).min(CAP);
    bound.mul_f64(random.clamp(0.0, 1.0)).max(after.unwrap_or_default().min(LONGEST))
}

/// A number from 0 to 1.
pub(super) fn random() -> f64 {
    let mut bytes = [0; 4];
    // Without randomness all wait the longest time: slow, not wrong.
    match aws_lc_rs::rand::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX),
        Err(_) => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::delay;

    #[test]
    fn the_bound_doubles_up_to_five_minutes() {
        assert_eq!(delay(1, None, 1.0), Duration::from_secs(1));
        assert_eq!(delay(4, None, 1.0), Duration::from_secs(8));
        assert_eq!(delay(i32::MAX, None, 1.0), Duration::from_secs(300));
        assert_eq!(delay(4, None, 0.25), Duration::from_secs(2));
    }

    #[test]
    fn the_providers_wish_is_the_least() {
        let wish = Some(Duration::from_secs(20));
        assert_eq!(delay(1, wish, 0.5), Duration::from_secs(20));
        assert_eq!(delay(9, wish, 1.0), Duration::from_secs(256));
    }
}
