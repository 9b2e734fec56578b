//! The cutting rule: a recording becomes segments of 10 to 30 seconds, cut where nobody speaks.
//!
//! Once 10 s have been captured, the cut falls in the middle of the first 300 ms in which nobody
//! spoke, but never before 10 s: a pause that began earlier is cut as soon as it has lasted 150 ms
//! beyond them. Without such a pause the cut falls at 30 s, in the quietest 20 ms of the last 5 s.
//! Where the cuts fall depends on the audio alone, never on how it was sliced when it was fed.

use std::ops::Range;

use super::SAMPLE_RATE;
use crate::segment::{MAX_SEGMENT_SAMPLES, SegmentHeader};

/// Ten seconds: earlier, no pause ends a segment.
pub const MIN_SEGMENT_SAMPLES: usize = 10 * SAMPLE_RATE as usize;
const MAX_SAMPLES: usize = MAX_SEGMENT_SAMPLES as usize;
/// 300 ms without speech are a pause.
pub const PAUSE_SAMPLES: usize = SAMPLE_RATE as usize * 3 / 10;
/// At the end of a segment without a pause: where the quietest place is looked for, and how long it is.
const SEARCH_SAMPLES: usize = 5 * SAMPLE_RATE as usize;
const QUIET_SAMPLES: usize = SAMPLE_RATE as usize / 50;

/// A finished segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    pub header: SegmentHeader,
    pub pcm: Vec<i16>,
}

/// The segment that is being captured.
#[derive(Debug)]
pub struct Cutter {
    /// On the recording's clock.
    start: u64,
    pcm: Vec<i16>,
    /// Where in `pcm` speech was heard; ascending, apart from each other.
    speech: Vec<Range<usize>>,
    /// Where in `pcm` the present pause began; none while somebody speaks.
    pause: Option<usize>,
}

impl Cutter {
    /// Begins a segment at `start` on the recording's clock.
    #[must_use]
    pub const fn new(start: u64) -> Self {
        Self { start, pcm: Vec::new(), speech: Vec::new(), pause: None }
    }

    /// The samples that no segment has yet: the segment under way.
    #[must_use]
    pub fn open(&self) -> &[i16] {
        &self.pcm
    }

    /// Takes samples that are speech as a whole or not at all, up to the next cut: answers how many
    /// it took, and the segment when a cut fell. Feed the rest again.
    #[must_use]
    pub fn feed(&mut self, samples: &[i16], speech: bool) -> (usize, Option<Segment>) {
        let before = self.pcm.len();
        if speech {
            self.pause = None;
        } else {
            self.pause.get_or_insert(before);
        }
        // The cut in this pause falls here, once so much has been heard of it.
        let cut = self.pause.map(|from| (from + PAUSE_SAMPLES / 2).max(MIN_SEGMENT_SAMPLES));
        let known = cut.map_or(MAX_SAMPLES, |cut| (cut + PAUSE_SAMPLES / 2).min(MAX_SAMPLES));
        let taken = samples.len().min(known - before);
        self.pcm.extend_from_slice(&samples[..taken]);
        if speech {
            self.hear(before..self.pcm.len());
        }
        let segment = match cut {
            _ if self.pcm.len() < known => None,
            Some(cut) if cut + PAUSE_SAMPLES / 2 <= MAX_SAMPLES => Some(self.cut_at(cut)),
            _ => Some(self.cut_at(quietest(&self.pcm))),
        };
        (taken, segment)
    }

    /// Ends the segment here, whatever its length: at a stop, a pause of the take or a gap.
    pub fn close(&mut self) -> Option<Segment> {
        (!self.pcm.is_empty()).then(|| self.cut_at(self.pcm.len()))
    }

    fn hear(&mut self, range: Range<usize>) {
        match self.speech.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => self.speech.push(range),
        }
    }

    fn cut_at(&mut self, at: usize) -> Segment {
        let rest = self.pcm.split_off(at);
        let pcm = std::mem::replace(&mut self.pcm, rest);
        let heard: usize =
            self.speech.iter().map(|range| range.end.min(at).saturating_sub(range.start)).sum();
        let header = SegmentHeader {
            start: self.start,
            // At most 30 s, so all three fit.
            samples: pcm.len() as u32,
            speech: heard as u32,
            peak: pcm.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0),
        };
        self.start += at as u64;
        self.speech.retain(|range| range.end > at);
        for range in &mut self.speech {
            *range = range.start.saturating_sub(at)..range.end - at;
        }
        self.pause = self.pause.map(|from| from.saturating_sub(at));
        Segment { header, pcm }
    }
}

/// The middle of the 20 ms with the least energy among the last 5 s.
fn quietest(pcm: &[i16]) -> usize {
    let square = |sample: i16| u64::from(sample.unsigned_abs()).pow(2);
    let from = pcm.len() - SEARCH_SAMPLES;
    let mut energy: u64 =
        pcm[from..from + QUIET_SAMPLES].iter().map(|&sample| square(sample)).sum();
    let mut best = (energy, from);
    for end in from + QUIET_SAMPLES..pcm.len() {
        energy = energy + square(pcm[end]) - square(pcm[end - QUIET_SAMPLES]);
        best = best.min((energy, end + 1 - QUIET_SAMPLES));
    }
    best.1 + QUIET_SAMPLES / 2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Cutter, MAX_SAMPLES, MIN_SEGMENT_SAMPLES, PAUSE_SAMPLES, Segment};

    /// Stretches of (length in samples, speech); loud when speech.
    fn segments(stretches: &[(usize, bool)], slice: usize) -> (Vec<i16>, Vec<Segment>) {
        let mut cutter = Cutter::new(0);
        let (mut pcm, mut segments) = (Vec::new(), Vec::new());
        for &(length, speech) in stretches {
            let amplitude = if speech { 9_000 } else { 30 };
            let from = pcm.len();
            pcm.extend((0..length).map(|n| ((n * 7_919 + n / 13) % amplitude) as i16));
            for mut piece in pcm[from..].chunks(slice) {
                while !piece.is_empty() {
                    let (taken, segment) = cutter.feed(piece, speech);
                    segments.extend(segment);
                    piece = &piece[taken..];
                }
            }
        }
        segments.extend(cutter.close());
        (pcm, segments)
    }

    fn stretches() -> impl Strategy<Value = Vec<(usize, bool)>> {
        let length = prop_oneof![1..8_000_usize, 1..80_000_usize, 300_000..700_000_usize];
        prop::collection::vec((length, any::<bool>()), 1..40)
    }

    /// The ranges in which nobody speaks.
    fn pauses(stretches: &[(usize, bool)]) -> Vec<std::ops::Range<usize>> {
        let mut pauses: Vec<std::ops::Range<usize>> = Vec::new();
        let mut at = 0;
        for &(length, speech) in stretches {
            if !speech {
                match pauses.last_mut() {
                    Some(last) if last.end == at => last.end += length,
                    _ => pauses.push(at..at + length),
                }
            }
            at += length;
        }
        pauses
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_sample_is_in_exactly_one_segment(stretches in stretches(), slice in 1..5_000_usize) {
            let (pcm, segments) = segments(&stretches, slice);
            let joined: Vec<i16> = segments.iter().flat_map(|segment| segment.pcm.clone()).collect();
            prop_assert!(joined == pcm);
            let mut at = 0;
            for Segment { header, pcm } in &segments {
                prop_assert_eq!((header.start, header.samples as usize), (at, pcm.len()));
                at += pcm.len() as u64;
            }
            let spoken: usize = stretches.iter().filter(|(_, speech)| *speech).map(|(length, _)| length).sum();
            let heard: usize = segments.iter().map(|segment| segment.header.speech as usize).sum();
            prop_assert_eq!(heard, spoken);
        }

        #[test]
        fn all_but_the_last_last_10_to_30_seconds(stretches in stretches()) {
            let (_, segments) = segments(&stretches, 256);
            for segment in &segments[..segments.len() - 1] {
                prop_assert!((MIN_SEGMENT_SAMPLES..=MAX_SAMPLES).contains(&segment.pcm.len()));
            }
            prop_assert!(segments.last().is_some_and(|last| last.pcm.len() <= MAX_SAMPLES));
        }

        #[test]
        fn the_cut_falls_in_a_pause_when_there_was_one(stretches in stretches()) {
            let (_, segments) = segments(&stretches, 256);
            let pauses = pauses(&stretches);
            for Segment { header, pcm } in &segments[..segments.len() - 1] {
                let start = header.start as usize;
                let cut = start + pcm.len();
                let usable = pauses.iter().find(|pause| {
                    let cut = (pause.start.max(start) + PAUSE_SAMPLES / 2).max(start + MIN_SEGMENT_SAMPLES);
                    cut + PAUSE_SAMPLES / 2 <= pause.end.min(start + MAX_SAMPLES)
                });
                if let Some(pause) = usable {
                    prop_assert!(pause.contains(&cut), "{cut} is not in {pause:?}");
                    prop_assert!(pause.end - cut >= PAUSE_SAMPLES / 2);
                } else {
                    prop_assert!(pcm.len() > MAX_SAMPLES - 80_000);
                }
            }
        }

        #[test]
        fn slicing_does_not_move_a_cut(stretches in stretches(), slice in 1..5_000_usize) {
            prop_assert!(segments(&stretches, slice).1 == segments(&stretches, 256).1);
        }
    }

    #[test]
    fn the_first_pause_after_ten_seconds_is_cut_in_its_middle() {
        let (_, segments) = segments(&[(190_000, true), (4_800, false), (60_000, true)], 256);
        assert_eq!(segments[0].pcm.len(), 192_400);
        assert_eq!(segments[0].header.speech, 190_000);
        assert_eq!(segments[1].header.start, 192_400);
    }

    #[test]
    fn without_a_pause_the_cut_falls_in_the_quietest_20_ms_of_the_last_5_seconds() {
        let (_, segments) = segments(&[(420_000, true), (320, false), (100_000, true)], 256);
        assert_eq!(segments[0].pcm.len(), 420_160);
    }
}
