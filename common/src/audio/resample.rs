//! Any rate and number of channels → 16 kHz mono, 16 bit.
//!
//! It stands here, not in the recorder, because this crate is optimised in development builds too.

use super::SAMPLE_RATE;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler as _, WindowFunction};

/// Frames that are converted at a time: 24 ms at 48 kHz. Its factors are 2 and 3, quick to transform.
const CHUNK_FRAMES: usize = 1_152;

/// Converts one unbroken stretch of sound; its output is as long as its input to the sample.
pub struct Resampler {
    channels: usize,
    rate: u32,
    /// None at 16 kHz.
    converter: Option<Converter>,
    /// Mono frames that wait for a whole chunk.
    waiting: Vec<f32>,
    frames_in: u64,
    samples_out: u64,
}

struct Converter {
    fft: Fft<f32>,
    output: Vec<f32>,
    /// Output samples of the filter's delay, still to be dropped.
    to_drop: usize,
}

impl Resampler {
    /// For a source with this rate (not 0) and number of channels (not 0).
    #[must_use]
    pub fn new(rate: u32, channels: u16) -> Self {
        let converter = (rate != SAMPLE_RATE).then(|| Converter::new(rate));
        let (waiting, channels) = (Vec::new(), usize::from(channels));
        Self { channels, rate, converter, waiting, frames_in: 0, samples_out: 0 }
    }

    /// Takes interleaved frames and appends what can already be said of the result.
    pub fn push(&mut self, interleaved: &[f32], into: &mut Vec<i16>) {
        let scale = 1.0 / self.channels as f32;
        self.waiting.extend(interleaved.chunks_exact(self.channels).map(|frame| {
            // A damaged file may hold "not a number": it must not spread through the filter.
            let mean = frame.iter().sum::<f32>() * scale;
            if mean.is_finite() { mean } else { 0.0 }
        }));
        self.frames_in += (interleaved.len() / self.channels) as u64;
        let before = into.len();
        match &mut self.converter {
            None => into.extend(self.waiting.drain(..).map(to_i16)),
            Some(converter) => converter.convert(&mut self.waiting, into),
        }
        self.samples_out += (into.len() - before) as u64;
    }

    /// The stretch is over: appends the rest, and is as new.
    pub fn flush(&mut self, into: &mut Vec<i16>) {
        if let Some(converter) = &mut self.converter {
            let rate = u64::from(self.rate);
            let due = (self.frames_in * u64::from(SAMPLE_RATE) + rate / 2) / rate;
            let missing = due.saturating_sub(self.samples_out) as usize;
            converter.flush(&self.waiting, missing, into);
        }
        self.waiting.clear();
        (self.frames_in, self.samples_out) = (0, 0);
    }
}

impl Converter {
    fn new(rate: u32) -> Self {
        let (from, to) = (rate as usize, SAMPLE_RATE as usize);
        let fft = Fft::new_custom(
            from,
            to,
            CHUNK_FRAMES,
            1,
            1,
            WindowFunction::BlackmanHarris2,
            FixedSync::Input,
        )
        .expect("invariant: neither the rates nor the sizes are 0");
        let to_drop = fft.output_delay();
        let output = vec![0.0; fft.output_frames_max()];
        Self { fft, output, to_drop }
    }

    /// Converts whole chunks of `waiting`.
    fn convert(&mut self, waiting: &mut Vec<f32>, into: &mut Vec<i16>) {
        let mut used = 0;
        while waiting.len() - used >= self.fft.input_frames_next() {
            let chunk = &waiting[used..used + self.fft.input_frames_next()];
            used += chunk.len();
            self.step(chunk, chunk.len(), into);
        }
        waiting.drain(..used);
    }

    /// Converts the rest and then silence until `missing` samples came out.
    fn flush(&mut self, waiting: &[f32], missing: usize, into: &mut Vec<i16>) {
        let end = into.len() + missing;
        let mut rest = waiting.len();
        let mut chunk = waiting.to_vec();
        while into.len() < end {
            chunk.resize(self.fft.input_frames_next(), 0.0);
            self.step(&chunk, rest, into);
            chunk.clear();
            rest = 0;
        }
        into.truncate(end);
        self.fft.reset();
        self.to_drop = self.fft.output_delay();
    }

    fn step(&mut self, chunk: &[f32], filled: usize, into: &mut Vec<i16>) {
        let capacity = self.output.len();
        let input = InterleavedSlice::new(chunk, 1, chunk.len()).expect("invariant: one channel");
        let mut output = InterleavedSlice::new_mut(&mut self.output, 1, capacity)
            .expect("invariant: one channel");
        let indexing = Indexing::new().partial_len(filled);
        let (_, samples) = self
            .fft
            .process_into_buffer(&input, &mut output, Some(&indexing))
            .expect("invariant: the buffers have the sizes that the converter asked for");
        let dropped = self.to_drop.min(samples);
        self.to_drop -= dropped;
        into.extend(self.output[dropped..samples].iter().copied().map(to_i16));
    }
}

/// Full scale stays full scale; beyond it is clipped, not wrapped.
fn to_i16(sample: f32) -> i16 {
    // `as` saturates.
    (sample * 32_768.0).round() as i16
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use proptest::prelude::*;

    use super::Resampler;

    /// A sine of half full scale, the same on all channels.
    fn sine(rate: u32, channels: u16, hertz: f64, seconds: f64) -> Vec<f32> {
        let frames = (f64::from(rate) * seconds) as usize;
        (0..frames)
            .flat_map(|n| {
                let value = (n as f64 / f64::from(rate) * hertz * TAU).sin() * 0.5;
                std::iter::repeat_n(value as f32, usize::from(channels))
            })
            .collect()
    }

    fn convert(rate: u32, channels: u16, input: &[f32], slice: usize) -> Vec<i16> {
        let mut resampler = Resampler::new(rate, channels);
        let mut output = Vec::new();
        for piece in input.chunks(slice * usize::from(channels)) {
            resampler.push(piece, &mut output);
        }
        resampler.flush(&mut output);
        output
    }

    #[test]
    fn a_tone_keeps_its_frequency_level_and_length_within_a_sample() {
        let sources = [
            (8_000, 1),
            (11_025, 1),
            (16_000, 2),
            (22_050, 1),
            (44_100, 2),
            (48_000, 1),
            (96_000, 2),
            (192_000, 8),
        ];
        for (rate, channels) in sources {
            let output = convert(rate, channels, &sine(rate, channels, 1_000.0, 2.0), 480);
            assert_eq!(output.len(), 32_000, "{rate}");
            // Away from the ends; a whole number of periods of 16 samples.
            let steady: Vec<f64> = output[1_000..31_000].iter().map(|&s| f64::from(s)).collect();
            let phase = |n: usize| (n + 1_000) as f64 / 16.0 * TAU;
            let mean = |wave: fn(f64) -> f64| {
                let products = steady.iter().enumerate().map(|(n, s)| s * wave(phase(n)));
                products.sum::<f64>() / steady.len() as f64 * 2.0
            };
            let (sine, cosine) = (mean(f64::sin), mean(f64::cos));
            assert!((sine.hypot(cosine) - 16_384.0).abs() < 20.0, "{rate}: {sine} {cosine}");
            let shift = cosine.atan2(sine) / TAU * 16.0;
            assert!(shift.abs() < 1.0, "{rate}: moved by {shift} samples");
            // Nothing but that sine.
            for (n, sample) in steady.iter().enumerate() {
                let error = sample - sine * phase(n).sin() - cosine * phase(n).cos();
                assert!(error.abs() < 10.0, "{rate}, sample {n}: {error}");
            }
        }
    }

    #[test]
    fn what_16_khz_cannot_hold_does_not_fold_back() {
        let output = convert(48_000, 1, &sine(48_000, 1, 10_000.0, 1.0), 480);
        let loudest = output[1_000..15_000].iter().map(|s| s.unsigned_abs()).max().unwrap();
        assert!(loudest < 20, "{loudest}");
    }

    #[test]
    fn sixteen_kilohertz_mono_passes_bit_by_bit() {
        let samples: Vec<i16> = (i16::MIN..=i16::MAX).collect();
        let input: Vec<f32> = samples.iter().map(|&s| f32::from(s) / 32_768.0).collect();
        assert_eq!(convert(16_000, 1, &input, 333), samples);
    }

    #[test]
    fn not_a_number_and_too_loud_do_no_harm() {
        let mut input = vec![3.0_f32; 48_000];
        input[100] = f32::NAN;
        input[200] = f32::INFINITY;
        let output = convert(48_000, 1, &input, 480);
        assert_eq!(output[10_000], 32_767);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn every_length_comes_out_as_long_as_it_went_in(
            rate in prop::sample::select(vec![8_000_u32, 16_000, 22_050, 44_100, 48_000, 96_000]),
            frames in 0_usize..30_000, slice in 1_usize..3_000,
        ) {
            let output = convert(rate, 1, &vec![0.1; frames], slice);
            let expected = frames as f64 * 16_000.0 / f64::from(rate);
            prop_assert!((output.len() as f64 - expected).abs() <= 0.5, "{} {expected}", output.len());
        }
    }
}
