//! The level meter: how loud it is now, and whether that will do.

use std::collections::VecDeque;

use super::SAMPLE_RATE;
use crate::workstation::{Level, LevelVerdict};

/// The meter judges 100 ms at a time.
const BLOCK_SAMPLES: usize = SAMPLE_RATE as usize / 10;
/// The verdict is over the last 5 s.
const WINDOW_BLOCKS: usize = 50;
/// Exact zeros for 3 s: no microphone in a room is that silent.
const SILENT_BLOCKS: usize = 30;
/// Half a second of speech allows to say whether it is loud enough.
const SPEECH_BLOCKS: usize = 5;
/// So many samples at full scale within the window are heard as distortion.
const CLIPPED_SAMPLES: u32 = 8;
/// Speech under this (RMS of its 100 ms, dBFS) costs words: near the noise of built-in microphones.
const QUIET_DB: f32 = -45.0;
/// The meter's floor, for exact zeros too.
const FLOOR_DB: f32 = -100.0;

#[derive(Debug, Clone, Copy, Default)]
struct Block {
    samples: usize,
    peak: u16,
    squares: u64,
    clipped: u32,
    speech: bool,
}

impl Block {
    fn rms_db(&self) -> f32 {
        let mean = self.squares as f64 / self.samples.max(1) as f64;
        decibels(mean.sqrt())
    }
}

/// Fed with every sample; cheap enough for that.
#[derive(Debug, Default)]
pub struct Meter {
    open: Block,
    /// The newest last.
    blocks: VecDeque<Block>,
}

impl Meter {
    /// Takes samples that are speech or not.
    pub fn push(&mut self, mut pcm: &[i16], speech: bool) {
        while !pcm.is_empty() {
            let taken = pcm.len().min(BLOCK_SAMPLES - self.open.samples);
            for &sample in &pcm[..taken] {
                let size = sample.unsigned_abs();
                self.open.peak = self.open.peak.max(size);
                self.open.squares += u64::from(size).pow(2);
                self.open.clipped += u32::from(size >= i16::MAX.unsigned_abs());
            }
            self.open.samples += taken;
            self.open.speech |= speech;
            pcm = &pcm[taken..];
            if self.open.samples == BLOCK_SAMPLES {
                self.blocks.push_back(std::mem::take(&mut self.open));
                if self.blocks.len() > WINDOW_BLOCKS {
                    self.blocks.pop_front();
                }
            }
        }
    }

    /// Of the last whole 100 ms.
    #[must_use]
    pub fn level(&self) -> Level {
        let Some(last) = self.blocks.back() else {
            return Level { peak_db: FLOOR_DB, rms_db: FLOOR_DB, verdict: LevelVerdict::Waiting };
        };
        Level {
            peak_db: decibels(f64::from(last.peak)),
            rms_db: last.rms_db(),
            verdict: self.verdict(),
        }
    }

    fn verdict(&self) -> LevelVerdict {
        let zeros = self.blocks.iter().rev().take_while(|block| block.peak == 0).count();
        if zeros >= SILENT_BLOCKS {
            return LevelVerdict::Silent;
        }
        if self.blocks.iter().map(|block| block.clipped).sum::<u32>() >= CLIPPED_SAMPLES {
            return LevelVerdict::Clipping;
        }
        let spoken: Vec<f32> =
            self.blocks.iter().filter(|block| block.speech).map(Block::rms_db).collect();
        if spoken.len() < SPEECH_BLOCKS {
            return LevelVerdict::Waiting;
        }
        // The loudest of them: between words it may be as quiet as it likes.
        match spoken.into_iter().fold(FLOOR_DB, f32::max) {
            loudest if loudest < QUIET_DB => LevelVerdict::TooQuiet,
            _ => LevelVerdict::Good,
        }
    }
}

/// dBFS of an amplitude (0 to 32,768).
fn decibels(amplitude: f64) -> f32 {
    ((20.0 * (amplitude / 32_768.0).log10()) as f32).max(FLOOR_DB)
}

#[cfg(test)]
mod tests {
    use super::Meter;
    use crate::workstation::LevelVerdict;

    fn tone(seconds: usize, amplitude: f32) -> Vec<i16> {
        let sample = |n: usize| ((n as f32 * 0.3).sin() * amplitude).clamp(-32_768.0, 32_767.0);
        (0..seconds * 16_000).map(|n| sample(n) as i16).collect()
    }

    fn verdict(pcm: &[i16], speech: bool) -> LevelVerdict {
        let mut meter = Meter::default();
        meter.push(pcm, speech);
        meter.level().verdict
    }

    #[test]
    fn each_condition_has_its_word() {
        assert_eq!(verdict(&[], false), LevelVerdict::Waiting);
        assert_eq!(verdict(&tone(2, 3_000.0), true), LevelVerdict::Good);
        assert_eq!(verdict(&tone(2, 60.0), true), LevelVerdict::TooQuiet);
        assert_eq!(verdict(&tone(2, 60.0), false), LevelVerdict::Waiting);
        assert_eq!(verdict(&tone(2, 60_000.0), true), LevelVerdict::Clipping);
        assert_eq!(verdict(&vec![0; 3 * 16_000], false), LevelVerdict::Silent);
        assert_eq!(verdict(&vec![0; 2 * 16_000], false), LevelVerdict::Waiting);
    }

    #[test]
    fn a_full_scale_sine_is_minus_three_decibels() {
        let mut meter = Meter::default();
        meter.push(&tone(1, 32_767.0), true);
        let level = meter.level();
        assert!((level.peak_db - 0.0).abs() < 0.1, "{level:?}");
        assert!((level.rms_db + 3.01).abs() < 0.1, "{level:?}");
    }

    #[test]
    fn zeros_are_at_the_floor_and_end_with_the_first_sound() {
        let mut meter = Meter::default();
        meter.push(&vec![0; 4 * 16_000], false);
        assert_eq!(meter.level().peak_db, -100.0);
        meter.push(&tone(1, 3_000.0), true);
        assert_eq!(meter.level().verdict, LevelVerdict::Good);
    }
}
