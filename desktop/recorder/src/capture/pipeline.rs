//! Samples in, chunks and segments out: pure, the same for a take, a recovery and an import.

use medrecord_common::audio::cut::{Cutter, Segment};
use medrecord_common::audio::level::Meter;
use medrecord_common::audio::voice::{FRAME, Voice};
use medrecord_common::workstation::Level;

/// 500 ms: what a crash may cost at most.
pub(super) const CHUNK_SAMPLES: u64 = 8_000;

/// What is to be written next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Chunk {
        start: u64,
        pcm: Vec<i16>,
    },
    /// `rest` is all that was captured after the cut.
    Segment {
        segment: Segment,
        rest: Vec<i16>,
    },
}

/// The samples of one recording on their way.
pub(super) struct Pipeline {
    voice: Voice,
    meter: Meter,
    cutter: Cutter,
    /// Captured, not yet judged: less than a frame of the detector.
    ahead: Vec<i16>,
    /// The recording's clock: the end of what was captured.
    clock: u64,
    /// Up to here, chunks and segments were handed out.
    handed_out: u64,
    /// Somebody spoke up to here; at first, its start.
    last_speech: u64,
    chunked: bool,
}

impl Pipeline {
    /// Begins at `start` on the recording's clock.
    pub(super) fn new(start: u64) -> Self {
        Self {
            voice: Voice::default(),
            meter: Meter::default(),
            cutter: Cutter::new(start),
            ahead: Vec::new(),
            clock: start,
            handed_out: start,
            last_speech: start,
            chunked: true,
        }
    }

    /// Hands out segments only: the samples are safe elsewhere, in the outbox or in a file.
    pub(super) fn without_chunks(start: u64) -> Self {
        Self { chunked: false, ..Self::new(start) }
    }

    /// The end of what was captured, in samples of the recording.
    pub(super) const fn clock(&self) -> u64 {
        self.clock
    }

    /// Up to where somebody spoke, as of the last samples; the start when nobody did.
    pub(super) const fn last_speech(&self) -> u64 {
        self.last_speech
    }

    pub(super) fn level(&self) -> Level {
        self.meter.level()
    }

    /// Takes captured samples and appends what is to be written to `pieces`.
    pub(super) fn push(&mut self, pcm: &[i16], pieces: &mut Vec<Piece>) {
        self.clock += pcm.len() as u64;
        self.ahead.extend_from_slice(pcm);
        let ahead = std::mem::take(&mut self.ahead);
        let mut judged = 0;
        for frame in ahead.as_chunks::<FRAME>().0 {
            let speech = self.voice.hears(frame);
            judged += FRAME;
            self.feed(frame, speech, &ahead[judged..], pieces);
        }
        self.ahead = ahead[judged..].to_vec();
        while self.chunked && self.clock - self.handed_out >= CHUNK_SAMPLES {
            pieces.push(self.next_chunk());
        }
    }

    /// Ends the segment under way: at a stop, a pause or a gap. The clock stays.
    pub(super) fn close(&mut self, pieces: &mut Vec<Piece>) {
        let ahead = std::mem::take(&mut self.ahead);
        let speech = self.voice.speaking();
        self.feed(&ahead, speech, &[], pieces);
        if let Some(segment) = self.cutter.close() {
            self.handed_out = self.clock;
            pieces.push(Piece::Segment { segment, rest: Vec::new() });
        }
        self.voice = Voice::default();
    }

    /// After [`Self::close`]: the clock goes on by a gap.
    pub(super) fn skip(&mut self, samples: u64) {
        self.clock += samples;
        self.handed_out = self.clock;
        self.cutter = Cutter::new(self.clock);
    }

    /// Feeds samples that were judged; `after` was captured and not yet judged.
    fn feed(&mut self, pcm: &[i16], speech: bool, after: &[i16], pieces: &mut Vec<Piece>) {
        self.meter.push(pcm, speech);
        if speech {
            self.last_speech = self.clock;
        }
        let mut left = pcm;
        while !left.is_empty() {
            let (taken, segment) = self.cutter.feed(left, speech);
            left = &left[taken..];
            if let Some(segment) = segment {
                let rest = [self.cutter.open(), left, after].concat();
                self.handed_out = self.clock;
                pieces.push(Piece::Segment { segment, rest });
            }
        }
    }

    fn next_chunk(&mut self) -> Piece {
        // A segment hands out all before it, so what is not handed out is in these two.
        let (open, ahead) = (self.cutter.open(), &self.ahead[..]);
        let first = self.clock - (open.len() + ahead.len()) as u64;
        let start = self.handed_out;
        let from = (start - first) as usize;
        let pcm =
            open.iter().chain(ahead).skip(from).take(CHUNK_SAMPLES as usize).copied().collect();
        self.handed_out += CHUNK_SAMPLES;
        Piece::Chunk { start, pcm }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{CHUNK_SAMPLES, Piece, Pipeline};

    /// What the outbox would hold after these pieces: samples of segments, and of chunks after them.
    #[derive(Default)]
    struct Held {
        segments: Vec<i16>,
        chunks: Vec<i16>,
    }

    impl Held {
        fn write(&mut self, piece: Piece) {
            match piece {
                Piece::Chunk { start, pcm } => {
                    assert_eq!(start, (self.segments.len() + self.chunks.len()) as u64);
                    assert_eq!(pcm.len() as u64, CHUNK_SAMPLES);
                    self.chunks.extend(pcm);
                }
                Piece::Segment { segment, rest } => {
                    assert_eq!(segment.header.start, self.segments.len() as u64);
                    self.segments.extend(segment.pcm);
                    self.chunks = rest;
                }
            }
        }

        fn all(&self) -> Vec<i16> {
            [self.segments.clone(), self.chunks.clone()].concat()
        }
    }

    fn sound(samples: usize) -> Vec<i16> {
        (0..samples).map(|n| ((n * 7_919 + n / 13) % 9_000) as i16 - 4_500).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn at_every_moment_all_but_the_last_chunk_is_written(
            samples in 0_usize..1_500_000, slice in 1_usize..30_000,
        ) {
            let pcm = sound(samples);
            let (mut pipeline, mut held, mut pieces) = (Pipeline::new(0), Held::default(), Vec::new());
            let mut pushed = 0;
            for piece in pcm.chunks(slice) {
                pipeline.push(piece, &mut pieces);
                pieces.drain(..).for_each(|piece| held.write(piece));
                pushed += piece.len();
                let written = held.segments.len() + held.chunks.len();
                prop_assert!(pushed - written < CHUNK_SAMPLES as usize);
            }
            prop_assert!(held.all() == pcm[..held.all().len()]);
            pipeline.close(&mut pieces);
            pieces.drain(..).for_each(|piece| held.write(piece));
            prop_assert!(held.segments == pcm);
            prop_assert!(held.chunks.is_empty());
        }

        #[test]
        fn slicing_changes_no_segment(samples in 1_usize..1_000_000, slice in 1_usize..90_000) {
            let pcm = sound(samples);
            let segments = |slice: usize| {
                let (mut pipeline, mut pieces) = (Pipeline::without_chunks(0), Vec::new());
                pcm.chunks(slice).for_each(|piece| pipeline.push(piece, &mut pieces));
                pipeline.close(&mut pieces);
                pieces.into_iter().map(|piece| match piece {
                    Piece::Segment { segment, .. } => segment,
                    Piece::Chunk { .. } => panic!("a chunk"),
                }).collect::<Vec<_>>()
            };
            prop_assert!(segments(slice) == segments(samples));
        }
    }

    #[test]
    fn a_gap_moves_the_clock_and_loses_nothing() {
        let (mut pipeline, mut pieces) = (Pipeline::new(0), Vec::new());
        pipeline.push(&sound(5_000), &mut pieces);
        pipeline.close(&mut pieces);
        pipeline.skip(16_000);
        pipeline.push(&sound(9_000), &mut pieces);
        pipeline.close(&mut pieces);
        let starts: Vec<_> = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Chunk { start, pcm } => (*start, pcm.len()),
                Piece::Segment { segment, .. } => (segment.header.start, segment.pcm.len()),
            })
            .collect();
        assert_eq!(starts, [(0, 5_000), (21_000, 8_000), (21_000, 9_000)]);
    }
}
