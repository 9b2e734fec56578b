//! The log-mel spectrum that Whisper was trained on.
//!
//! Ours and not ct2rs's own: that one normalises frame by frame and pads with 0.0 instead of the level
//! of silence, which costs 15 % word errors where this costs 6 % (`docs/decisions/0007-own-spectrum-and-prompt.md`).

use std::ops::Range;
use std::sync::Arc;

use medrecord_common::audio::SAMPLE_RATE;
use realfft::{RealFftPlanner, RealToComplex};

/// Samples of a Fourier window: 25 ms.
const WINDOW: usize = 400;
/// Samples from one window to the next: 10 ms.
const HOP: usize = 160;
/// Whisper hears 30 s, no more and no less.
pub(super) const SAMPLES: usize = 30 * SAMPLE_RATE as usize;
/// Windows in 30 s.
pub(super) const FRAMES: usize = SAMPLES / HOP;
/// Whisper's floor of power, so that silence has a logarithm.
const FLOOR: f64 = 1e-10;
/// Nothing is shown more than 80 dB under the loudest band of the whole window.
const RANGE: f64 = 8.0;

/// Makes spectra for a model of a given number of mel bands.
pub(super) struct Spectrum {
    fft: Arc<dyn RealToComplex<f64>>,
    window: Vec<f64>,
    filters: Vec<Filter>,
}

/// One triangular mel band: the bins it covers and their weights.
struct Filter {
    bins: Range<usize>,
    weights: Vec<f64>,
}

impl Spectrum {
    /// `bands`: 80, or 128 for the newest large models.
    #[must_use]
    pub(super) fn new(bands: usize) -> Self {
        let table =
            mel_spec::mel::mel(f64::from(SAMPLE_RATE), WINDOW, bands, None, None, false, true);
        let filters =
            table.rows().into_iter().map(|row| Filter::new(row.iter().copied().collect()));
        let step = std::f64::consts::TAU / WINDOW as f64;
        Self {
            fft: RealFftPlanner::new().plan_fft_forward(WINDOW),
            // The periodic Hann window: divided by its length, not by its length less one.
            window: (0..WINDOW).map(|n| 0.5 - 0.5 * (step * n as f64).cos()).collect(),
            filters: filters.collect(),
        }
    }

    /// The spectrum of at most 30 s (the rest is left off), padded with silence: `bands` rows of [`FRAMES`]
    /// values, one row after the other.
    #[must_use]
    pub(super) fn of(&self, pcm: &[i16]) -> Vec<f32> {
        let samples = padded(pcm);
        let mut frame = self.fft.make_input_vec();
        let mut bins = self.fft.make_output_vec();
        let mut power = vec![0.0; bins.len()];
        let mut levels = vec![0.0; self.filters.len() * FRAMES];
        for index in 0..FRAMES {
            let from = &samples[index * HOP..index * HOP + WINDOW];
            for ((out, sample), weight) in frame.iter_mut().zip(from).zip(&self.window) {
                *out = sample * weight;
            }
            self.fft.process(&mut frame, &mut bins).expect("both buffers were made by this plan");
            for (out, bin) in power.iter_mut().zip(&bins) {
                *out = bin.norm_sqr();
            }
            for (band, filter) in self.filters.iter().enumerate() {
                levels[band * FRAMES + index] = filter.apply(&power).max(FLOOR).log10();
            }
        }
        let floor = levels.iter().copied().fold(f64::NEG_INFINITY, f64::max) - RANGE;
        levels.into_iter().map(|level| ((level.max(floor) + 4.0) / 4.0) as f32).collect()
    }
}

impl Filter {
    fn new(row: Vec<f64>) -> Self {
        let first = row.iter().position(|&weight| weight > 0.0).unwrap_or(0);
        let end = row.iter().rposition(|&weight| weight > 0.0).map_or(0, |last| last + 1);
        Self { bins: first..end, weights: row[first..end].to_vec() }
    }

    fn apply(&self, power: &[f64]) -> f64 {
        let covered = power[self.bins.clone()].iter();
        covered.zip(&self.weights).map(|(power, weight)| power * weight).sum()
    }
}

/// 30 s from −1 to 1, mirrored by half a window at both ends as the training did.
fn padded(pcm: &[i16]) -> Vec<f64> {
    const HALF: usize = WINDOW / 2;
    let mut samples = vec![0.0; HALF + SAMPLES + HALF];
    for (out, sample) in samples[HALF..HALF + SAMPLES].iter_mut().zip(pcm) {
        *out = f64::from(*sample) / 32_768.0;
    }
    for offset in 1..=HALF {
        samples[HALF - offset] = samples[HALF + offset];
        samples[HALF + SAMPLES - 1 + offset] = samples[HALF + SAMPLES - 1 - offset];
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hertz: f64, seconds: usize) -> Vec<i16> {
        let step = std::f64::consts::TAU * hertz / f64::from(SAMPLE_RATE);
        (0..seconds * SAMPLE_RATE as usize)
            .map(|n| ((step * n as f64).sin() * 16_384.0) as i16)
            .collect()
    }

    #[test]
    fn silence_lies_at_the_floor_everywhere() {
        let spectrum = Spectrum::new(80).of(&[]);
        assert_eq!(spectrum.len(), 80 * FRAMES);
        // log10(1e-10) = -10, the loudest is itself: (-10 + 4) / 4.
        assert!(spectrum.iter().all(|&level| level == -1.5));
    }

    #[test]
    fn the_padding_lies_eighty_decibels_under_the_loudest_band() {
        let spectrum = Spectrum::new(80).of(&tone(1_000.0, 1));
        let loudest = spectrum.iter().copied().fold(f32::MIN, f32::max);
        let last = spectrum[FRAMES - 1];
        assert!((loudest - last - 2.0).abs() < 1e-6, "{loudest} against {last}");
    }

    #[test]
    fn a_tone_is_loudest_in_the_band_that_holds_it() {
        let spectrum = Spectrum::new(80).of(&tone(1_000.0, 2));
        let at = |band: usize| spectrum[band * FRAMES + 100];
        let loudest = (0..80).max_by(|&a, &b| at(a).total_cmp(&at(b))).unwrap();
        // Slaney's scale is linear up to 1 kHz (15 mel): 80 bands to 45.25 mel, band 25 or 26 is centred there.
        assert!((24..=27).contains(&loudest), "band {loudest}");
    }

    #[test]
    fn a_known_tone_has_the_level_that_the_formula_gives() {
        // A sine of amplitude 0.5 in a Hann window: the peak bin has power (0.5 · 400 / 4)² = 2,500,
        // its neighbours a quarter of it. The bands of Slaney's norm weigh about 2 / width in hertz.
        let spectrum = Spectrum::new(80).of(&tone(1_000.0, 2));
        let loudest = spectrum.iter().copied().fold(f32::MIN, f32::max);
        let level = f64::from(loudest) * 4.0 - 4.0;
        assert!((1.4..2.0).contains(&level), "{level}");
    }

    #[test]
    fn what_lies_beyond_thirty_seconds_is_left_off() {
        let spectrum = Spectrum::new(80);
        let long = tone(440.0, 31);
        assert!(spectrum.of(&long) == spectrum.of(&long[..SAMPLES]));
    }
}
