//! What is said: the shipped note, with a hiss, so that no second of it is silent or like another.

use medrecord_common::audio::flac;
use medrecord_common::audio::resample::Resampler;

/// At 16 kHz.
pub(crate) struct Voice(Vec<i16>);

impl Voice {
    pub(crate) fn new(seconds: usize) -> Self {
        let note = include_bytes!("../../../../fixtures/progress-note.flac");
        let pcm = flac::decode_up_to(note, 16_000 * 600).unwrap();
        let mut noise = 1_u32;
        let hiss = std::iter::from_fn(move || {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Some((noise >> 25) as i16 - 64)
        });
        let voice = pcm.iter().cycle().zip(hiss).map(|(said, hiss)| said / 2 + hiss);
        Self(voice.take(seconds * 16_000).map(|s| if s == 0 { 1 } else { s }).collect())
    }

    /// Says something else from one second to another.
    pub(crate) fn replace(&mut self, seconds: std::ops::Range<usize>, with: fn(usize) -> i16) {
        let samples = &mut self.0[seconds.start * 16_000..seconds.end * 16_000];
        samples.iter_mut().enumerate().for_each(|(n, sample)| *sample = with(n));
    }

    /// What is said from one moment to another, little endian; silence at the end.
    pub(crate) fn between(&self, from: f64, to: f64, rate: u32) -> Vec<u8> {
        let frame = |seconds: f64| (seconds * f64::from(rate)) as u64;
        let samples = (frame(from)..frame(to)).map(|n| self.at(n as f64 / f64::from(rate)));
        samples.flat_map(i16::to_le_bytes).collect()
    }

    /// Straight from sample to sample.
    fn at(&self, seconds: f64) -> i16 {
        let place = seconds * 16_000.0;
        let sample = |n: usize| f64::from(self.0.get(n).copied().unwrap_or(0));
        let (before, part) = (place as usize, place.fract());
        (sample(before) * (1.0 - part) + sample(before + 1) * part).round() as i16
    }

    /// What a microphone at 48 kHz makes of it, at 16 kHz, when it listens this part of a sample later.
    pub(crate) fn heard(&self, later: f64) -> Vec<i16> {
        let frames = self.0.len() * 3;
        let played: Vec<f32> = (0..frames)
            .map(|n| f32::from(self.at(n as f64 / 48_000.0 + later / 16_000.0)) / 32_768.0)
            .collect();
        let (mut resampler, mut heard) = (Resampler::new(48_000, 1), Vec::new());
        resampler.push(&played, &mut heard);
        resampler.flush(&mut heard);
        heard
    }
}
