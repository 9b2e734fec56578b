//! What is spoken to the recorders: people reading, every sample known and no stretch like another.

use std::path::Path;

use anyhow::{Result, ensure};

use super::random::mix;
use super::wav;

/// Samples a second that are spoken: the recorder's own rate, at which it takes a sample as it comes.
pub(crate) const RATE: u32 = 16_000;
/// Longer than any recording of the soak.
const SECONDS: usize = 120;
/// The lowest bits of a sample say where it is; what is above them is the voice.
const CODE_BITS: u32 = 5;

/// The voice with the position coded into its lowest bits.
pub(super) fn make(speech: &Path) -> Result<Vec<i16>> {
    let voice = voice(speech)?;
    let looped = voice.iter().cycle().take(SECONDS * RATE as usize);
    Ok(looped.enumerate().map(|(at, &voice)| coded(voice, at)).collect())
}

/// The two recordings of people reading, one after the other.
pub(crate) fn voice(speech: &Path) -> Result<Vec<i16>> {
    let mut voices = Vec::new();
    for name in ["beckett.wav", "two_cities.wav"] {
        let (rate, samples) = wav::read(&speech.join(name))?;
        ensure!(rate % RATE == 0 && rate > 0, "{name}: {rate} Hz is no multiple of {RATE}");
        let step = (rate / RATE) as usize;
        voices.extend(samples.chunks_exact(step).map(mean));
    }
    ensure!(!voices.is_empty(), "the recordings in {} are empty", speech.display());
    Ok(voices)
}

fn mean(samples: &[i16]) -> i16 {
    let sum: i64 = samples.iter().map(|&sample| i64::from(sample)).sum();
    (sum / samples.len() as i64) as i16
}

/// The code is a random number of the position: a stretch that is missing, repeated or moved does not fit.
fn coded(voice: i16, at: usize) -> i16 {
    let mask = (1_i16 << CODE_BITS) - 1;
    (voice & !mask) | (mix(at as u64) as i16 & mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_silence_too_no_stretch_of_it_is_like_another() {
        let source: Vec<i16> = (0..80_000).map(|at| coded(0, at)).collect();
        for moved in [1, 2, 480, 8_000, 16_000] {
            let same = source.iter().zip(&source[moved..]).filter(|(one, other)| one == other);
            assert!(same.count() < source.len() / 20, "moved by {moved} samples");
        }
    }

    #[test]
    fn the_voice_is_kept() {
        assert_eq!(coded(12_345, 7) >> CODE_BITS, 12_345 >> CODE_BITS);
        assert_eq!(coded(-12_345, 7) >> CODE_BITS, -12_345 >> CODE_BITS);
    }
}
