//! How a loss is counted.
//!
//! Lost are the samples that were spoken, by our clock, when the kill fell (or Stop), less those that were
//! recovered. Of these up to 500 ms of speech are the chunk under way: as many at any speed. What is
//! beyond went by while bytes were on their way through the pipe, the encoder and the disk; that takes
//! its time by the clock, and at N times speed N times as much is spoken in it. So it is divided by N, and the sum is
//! what the same kill would have cost at the speed of life.

use super::life::Life;
use super::plan::CHUNK;
use super::source::RATE;

/// What a kill may cost at the speed of life.
pub(super) const LIMIT_MS: f64 = 1_000.0;

/// Milliseconds of speech.
pub(super) fn plain_ms(life: &Life) -> f64 {
    ms(life.spoken.saturating_sub(life.recovered) as f64)
}

/// Milliseconds of speech, at the speed of life.
pub(super) fn corrected_ms(life: &Life) -> f64 {
    let chunk = ms(CHUNK);
    let lost = plain_ms(life);
    lost.min(chunk) + (lost - chunk).max(0.0) / life.speed
}

fn ms(samples: f64) -> f64 {
    samples / f64::from(RATE) * 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soak::plan::Phase;

    fn life(speed: f64, spoken: usize, recovered: usize) -> Life {
        Life {
            id: String::new(),
            phase: Phase::Anywhere,
            speed,
            killed: true,
            spoken,
            spoken_at_kill: spoken,
            acknowledged_ms: 0,
            recovered,
            recovery_kills: 0,
            problems: Vec::new(),
        }
    }

    #[test]
    fn only_what_is_beyond_the_chunk_under_way_is_divided_by_the_speed() {
        assert_eq!(corrected_ms(&life(8.0, 100_000, 96_000)), 250.0);
        assert_eq!(corrected_ms(&life(8.0, 100_000, 92_000)), 500.0);
        assert_eq!(corrected_ms(&life(8.0, 100_000, 79_200)), 600.0);
        assert_eq!(
            corrected_ms(&life(1.0, 100_000, 79_200)),
            plain_ms(&life(1.0, 100_000, 79_200))
        );
    }
}
