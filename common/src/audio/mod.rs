//! PCM, resampling, levels, voice activity, the cutting rule and FLAC: pure functions and state machines.

pub mod cut;
pub mod flac;
pub mod level;
pub mod resample;
pub mod tally;
pub mod voice;

/// Everything is 16 kHz, mono, 16 bit from the resampler on.
pub const SAMPLE_RATE: u32 = 16_000;

/// Milliseconds of a number of samples, rounded down.
#[must_use]
pub const fn samples_to_ms(samples: u64) -> u64 {
    samples * 1_000 / SAMPLE_RATE as u64
}
