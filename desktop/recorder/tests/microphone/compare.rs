//! Holds what was recorded against what was played.

/// Samples compared at a time: half a second.
const WINDOW: usize = 8_000;
/// Quieter windows say nothing about where they are (root mean square).
const LOUD: f64 = 300.0;
/// The search by rough steps: every eighth sample of the averages of eight.
const ROUGH: usize = 8;

/// A window of the recording that was found in what was played.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    /// Where it begins in the recording, in samples.
    pub(crate) at: usize,
    /// Where it was played, minus that.
    pub(crate) lag: i64,
    pub(crate) correlation: f64,
}

/// Every loud window of `recorded` (which begins at `start` of the recording), found in `played`, which is
/// there several times, each by a part of a sample later; at most `away` seconds from where it is recorded.
pub(crate) fn find(recorded: &[i16], start: usize, played: &[Vec<i16>], away: usize) -> Vec<Found> {
    let rough = average(&played[0]);
    let mut found: Vec<Found> = Vec::new();
    for (index, window) in recorded.chunks_exact(WINDOW).enumerate() {
        if energy(window).sqrt() < LOUD * (WINDOW as f64).sqrt() {
            continue;
        }
        let at = start + index * WINDOW;
        // Where the one before was, or anywhere.
        let near = found.last().map(|last| best(window, at, played, last.lag, 8));
        let good = near.filter(|near| near.correlation > 0.9);
        found.push(good.unwrap_or_else(|| {
            let place = anywhere(&average(window), &rough, at, away) * ROUGH;
            best(window, at, played, place as i64 - at as i64, 2 * ROUGH as i64)
        }));
    }
    found
}

fn average(samples: &[i16]) -> Vec<i16> {
    let mean = |block: &[i16]| block.iter().map(|s| i32::from(*s)).sum::<i32>() / ROUGH as i32;
    samples.chunks_exact(ROUGH).map(|block| mean(block) as i16).collect()
}

/// Within so many seconds of `at`; in rough steps.
fn anywhere(window: &[i16], played: &[i16], at: usize, away: usize) -> usize {
    let (around, away) = (at / ROUGH, away * 16_000 / ROUGH);
    let last = played.len().saturating_sub(window.len()).min(around + away);
    let places = around.saturating_sub(away)..last;
    let score = |place: &usize| (correlation(window, &played[*place..]) * 1e6) as i64;
    places.max_by_key(score).unwrap_or(0)
}

fn best(window: &[i16], at: usize, played: &[Vec<i16>], lag: i64, around: i64) -> Found {
    let places = (lag - around..=lag + around).flat_map(|lag| played.iter().map(move |p| (lag, p)));
    let tries = places.filter_map(|(lag, played)| {
        let place = usize::try_from(at as i64 + lag).ok()?;
        let correlation = correlation(window, played.get(place..place + window.len())?);
        Some(Found { at, lag, correlation })
    });
    tries.max_by(|one, other| one.correlation.total_cmp(&other.correlation)).unwrap_or(Found {
        at,
        lag,
        correlation: 0.0,
    })
}

fn correlation(one: &[i16], other: &[i16]) -> f64 {
    let other = &other[..one.len()];
    let product: f64 = one.iter().zip(other).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    product / (energy(one) * energy(other)).sqrt().max(1.0)
}

fn energy(samples: &[i16]) -> f64 {
    samples.iter().map(|s| f64::from(*s).powi(2)).sum()
}
