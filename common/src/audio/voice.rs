//! Voice activity: which 16 ms of the audio are somebody speaking.

use earshot::Detector;

/// Samples that the detector judges at a time: 16 ms.
pub const FRAME: usize = 256;

/// Speech begins with scores above this. Measured: the first 300 ms of white noise reach 0.68, speech
/// has 0.73 or more in seven frames of ten.
const BEGIN: f32 = 0.7;
/// And goes on above this: earshot's own advice for a balanced detector.
const GO_ON: f32 = 0.5;
/// So many frames in a row (48 ms) make speech: a click or a key stroke does not.
const ONSET_FRAMES: u32 = 3;
/// Speech lasts so many frames (96 ms) beyond the last one heard: stops inside a word are no pause.
const HANG_OVER_FRAMES: u32 = 6;

/// The detector's state; one for each unbroken stretch of audio.
#[derive(Default)]
pub struct Voice {
    detector: Detector,
    heard_in_a_row: u32,
    hang_over: u32,
}

impl Voice {
    /// Whether this frame (16 kHz) belongs to speech. It may be called so up to 32 ms late.
    pub fn hears(&mut self, frame: &[i16; FRAME]) -> bool {
        let threshold = if self.hang_over > 0 { GO_ON } else { BEGIN };
        if self.detector.predict_i16(frame) >= threshold {
            self.heard_in_a_row += 1;
            if self.heard_in_a_row >= ONSET_FRAMES || self.hang_over > 0 {
                self.hang_over = HANG_OVER_FRAMES;
                return true;
            }
            return false;
        }
        self.heard_in_a_row = 0;
        let speaking = self.hang_over > 0;
        self.hang_over = self.hang_over.saturating_sub(1);
        speaking
    }

    /// Whether the last frame belonged to speech: for a rest that is shorter than a frame.
    #[must_use]
    pub const fn speaking(&self) -> bool {
        self.hang_over > 0
    }
}

#[cfg(test)]
mod tests {
    use super::{FRAME, Voice};
    use crate::audio::flac;

    fn share_of_speech(pcm: &[i16]) -> f64 {
        let mut voice = Voice::default();
        let frames: Vec<bool> =
            pcm.as_chunks::<FRAME>().0.iter().map(|frame| voice.hears(frame)).collect();
        frames.iter().filter(|heard| **heard).count() as f64 / frames.len() as f64
    }

    #[test]
    fn a_spoken_note_is_mostly_speech_and_has_pauses() {
        let note = include_bytes!("../../../fixtures/progress-note.flac");
        let share = share_of_speech(&flac::decode_up_to(note, 16_000 * 600).unwrap());
        assert!((0.5..0.95).contains(&share), "{share}");
    }

    #[test]
    fn silence_hiss_hum_and_clicks_are_not_speech() {
        let mut seed = 1_u32;
        let mut noise = move |amplitude: i32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((seed >> 16) as i32 % (2 * amplitude) - amplitude) as i16
        };
        assert_eq!(share_of_speech(&[0; 160_000]), 0.0);
        let hiss: Vec<i16> = (0..160_000).map(|_| noise(1_000)).collect();
        assert_eq!(share_of_speech(&hiss), 0.0);
        let hum: Vec<i16> = (0..160_000)
            .map(|n| {
                ((f64::from(n) * 50.0 * std::f64::consts::TAU / 16_000.0).sin() * 3_000.0) as i16
            })
            .collect();
        assert_eq!(share_of_speech(&hum), 0.0);
        let clicks: Vec<i16> =
            (0..160_000).map(|n| if n % 8_000 < 20 { noise(20_000) } else { 0 }).collect();
        assert_eq!(share_of_speech(&clicks), 0.0);
    }
}
