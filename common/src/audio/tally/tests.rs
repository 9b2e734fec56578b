//! Streams that are made up: clocks, bursts, jitter and losses of all sizes, in injected time.

use std::time::Duration;

use proptest::prelude::*;

use super::{Finding, Tally};

/// A microphone as it is, not as it says.
#[derive(Debug, Clone)]
struct Stream {
    declared: u32,
    /// Part by which it runs faster than declared.
    fast: f64,
    /// Seconds of sound a callback.
    burst: f64,
    /// Callbacks come late by up to so many seconds.
    jitter: f64,
    /// At so many seconds, so many seconds of sound are lost.
    losses: Vec<(f64, f64)>,
    seed: u64,
}

impl Stream {
    /// What is found in so many seconds, and when.
    fn findings(&self, seconds: f64) -> Vec<(f64, Finding)> {
        let mut tally = Tally::new(self.declared);
        let rate = f64::from(self.declared) * (1.0 + self.fast);
        let (mut random, mut arrived, mut captured) = (self.seed | 1, 0.0_f64, 0.0);
        let mut found = Vec::new();
        while captured < seconds {
            captured += self.burst;
            let lost: f64 =
                self.losses.iter().map(|(at, length)| (captured - at).clamp(0.0, *length)).sum();
            // xorshift64
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let late = (random >> 11) as f64 / (1_u64 << 53) as f64 * self.jitter;
            arrived = arrived.max(captured + late);
            let frames = ((captured - lost) * rate) as u64;
            let at = Duration::from_secs_f64(1_000.0 + arrived);
            found.extend(tally.delivered(at, frames).map(|finding| (captured, finding)));
        }
        found
    }
}

fn good(seed: u64) -> Stream {
    Stream { declared: 48_000, fast: 0.0, burst: 0.02, jitter: 0.01, losses: Vec::new(), seed }
}

fn missing(found: &[(f64, Finding)], rate: u32) -> f64 {
    let frames = found.iter().map(|(_, finding)| match finding {
        Finding::Missing { frames } => *frames,
        Finding::Rate { .. } => panic!("{found:?}"),
    });
    frames.sum::<u64>() as f64 / f64::from(rate)
}

#[test]
fn a_rate_that_is_off_by_two_percent_is_found_within_six_seconds() {
    for fast in [-0.02, 0.02] {
        let found = Stream { fast, ..good(1) }.findings(60.0);
        let [(at, Finding::Rate { hertz })] = found[..] else { panic!("{found:?}") };
        assert!(at < 6.0, "{at}");
        assert!((f64::from(hertz) / 48_000.0 - 1.0 - fast).abs() < 0.001, "{hertz}");
    }
}

#[test]
fn a_headset_that_speaks_at_a_third_of_its_rate_is_found_within_four_seconds() {
    let found = Stream { fast: -2.0 / 3.0, ..good(1) }.findings(60.0);
    let [(at, Finding::Rate { hertz: 16_000 })] = found[..] else { panic!("{found:?}") };
    assert!(at < 4.0, "{at}");
}

#[test]
fn eight_hours_of_a_quartz_that_is_off_are_neither_loss_nor_rate() {
    for fast in [-0.000_1, 0.000_1] {
        assert_eq!(Stream { fast, burst: 0.1, ..good(1) }.findings(8.0 * 3_600.0), []);
    }
}

#[test]
fn many_losses_are_found_as_long_as_they_were() {
    let losses: Vec<_> = (1..20).map(|n| (n as f64 * 37.0, 0.06)).collect();
    let found = Stream { losses, ..good(1) }.findings(800.0);
    assert!((missing(&found, 48_000) - 19.0 * 0.06).abs() < 0.1, "{found:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_healthy_stream_is_never_accused(
        ppm in -300.0..300.0_f64, burst in 0.003..0.1_f64, jitter in 0.0..0.06_f64, seed: u64,
        declared in prop::sample::select(vec![8_000_u32, 16_000, 44_100, 48_000, 192_000]),
    ) {
        let stream = Stream { declared, fast: ppm * 1e-6, burst, jitter, ..good(seed) };
        prop_assert_eq!(stream.findings(600.0), []);
    }

    #[test]
    fn bursts_of_seconds_are_no_loss(
        ppm in -100.0..100.0_f64, burst in 0.1..2.5_f64, jitter in 0.0..0.03_f64, seed: u64,
    ) {
        prop_assert_eq!(Stream { fast: ppm * 1e-6, burst, jitter, ..good(seed) }.findings(600.0), []);
    }

    #[test]
    fn a_loss_is_found_within_fifteen_seconds_and_as_long_as_it_was(
        ppm in -100.0..100.0_f64, burst in 0.003..0.1_f64, jitter in 0.0..0.03_f64, seed: u64,
        at in 5.0..100.0_f64, length in 0.05..3.0_f64,
    ) {
        let losses = vec![(at, length)];
        let found = Stream { fast: ppm * 1e-6, burst, jitter, losses, ..good(seed) }.findings(160.0);
        prop_assert!((missing(&found, 48_000) - length).abs() < 0.05, "{:?}", found);
        let last = found.last().map_or(0.0, |(when, _)| *when);
        prop_assert!(last < at + length + 15.0, "{:?}", found);
    }

    #[test]
    fn a_wrong_rate_is_found_within_twelve_seconds_and_right(
        off in 0.02..0.6_f64, faster: bool, burst in 0.003..0.1_f64, jitter in 0.0..0.02_f64, seed: u64,
    ) {
        let fast = if faster { off } else { -off };
        let found = Stream { fast, burst, jitter, ..good(seed) }.findings(120.0);
        let (first, _) = *found.first().unwrap();
        prop_assert!(first < 12.0, "{:?}", found);
        let Some((last, Finding::Rate { hertz })) = found.last() else { panic!("{found:?}") };
        prop_assert!((f64::from(*hertz) / 48_000.0 / (1.0 + fast) - 1.0).abs() < 0.003, "{:?}", found);
        prop_assert!(*last < 40.0, "{:?}", found);
    }
}
