//! Exact zeros: no microphone in a room is that silent, however quiet the room.
//!
//! They are held back, for they hold nothing that could be lost: when sound follows within 3 s they are
//! recorded as what they were; after 3 s they are a gap, from the first of them on.

use std::time::Duration;

/// A noise gate may close for a breath; a dead microphone is on the screen within 3 s.
const SILENT: Duration = Duration::from_millis(2_800);

/// Of one stream.
#[derive(Debug)]
pub(super) struct Zeros {
    channels: usize,
    /// Frames held back.
    held: u64,
    /// Whether there was ever anything else.
    heard: bool,
}

impl Zeros {
    pub(super) fn new(channels: u16) -> Self {
        Self { channels: usize::from(channels), held: 0, heard: false }
    }

    /// Takes zeros at the end of `captured` away, and puts those held back before it.
    pub(super) fn hold(&mut self, captured: &mut Vec<f32>) {
        let kept = captured.iter().rposition(|sample| *sample != 0.0);
        let kept = kept.map_or(0, |last| (last / self.channels + 1) * self.channels);
        let zeros = ((captured.len() - kept) / self.channels) as u64;
        captured.truncate(kept);
        if kept == 0 {
            self.held += zeros;
            return;
        }
        self.heard = true;
        let before = std::mem::replace(&mut self.held, zeros);
        captured.splice(..0, std::iter::repeat_n(0.0, before as usize * self.channels));
    }

    /// Takes zeros at both ends of `captured` away: they belong to a gap.
    pub(super) fn drop_around(&mut self, captured: &mut Vec<f32>) {
        if let Some(first) = captured.iter().position(|sample| *sample != 0.0) {
            self.held = 0;
            captured.drain(..first / self.channels * self.channels);
        }
        self.hold(captured);
    }

    /// What is held back, as samples to be recorded.
    pub(super) fn release(&mut self) -> Vec<f32> {
        vec![0.0; std::mem::take(&mut self.held) as usize * self.channels]
    }

    pub(super) const fn held(&self) -> u64 {
        self.held
    }

    /// Whether this stream ever delivered sound: then it is muted rather than broken.
    pub(super) const fn heard(&self) -> bool {
        self.heard
    }

    pub(super) fn is_silent(&self, rate: u32) -> bool {
        self.held as f64 >= SILENT.as_secs_f64() * f64::from(rate)
    }
}

#[cfg(test)]
mod tests {
    use super::Zeros;

    #[test]
    fn zeros_between_sounds_come_out_as_they_went_in() {
        let mut zeros = Zeros::new(2);
        let mut out = Vec::new();
        let blocks =
            [vec![0.0; 4], vec![0.0, 0.1, 0.0, 0.0], vec![0.0; 6], vec![0.2, 0.0, 0.3, 0.0]];
        for mut block in blocks.clone() {
            zeros.hold(&mut block);
            out.extend(block);
        }
        assert_eq!(out, blocks.concat());
        assert_eq!(zeros.held(), 0);
        assert!(zeros.heard());
    }

    #[test]
    fn quiet_is_not_zero() {
        let mut zeros = Zeros::new(1);
        let mut block = vec![1e-9; 48_000 * 4];
        zeros.hold(&mut block);
        assert!(!zeros.is_silent(48_000));
        zeros.hold(&mut vec![0.0; 48_000 * 3]);
        assert!(zeros.is_silent(48_000));
    }

    #[test]
    fn a_gap_keeps_the_zeros_around_it() {
        let mut zeros = Zeros::new(2);
        zeros.hold(&mut vec![0.0; 200]);
        let mut block = vec![0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.25, 0.0, 0.0, 0.0];
        zeros.drop_around(&mut block);
        assert_eq!(block, [0.0, 0.5, 0.0, 0.0, 0.25, 0.0]);
        assert_eq!(zeros.held(), 1);
    }
}
