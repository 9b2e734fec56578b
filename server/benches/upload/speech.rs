//! The shipped speech in segments, each with other samples than the next.

use std::path::Path;

use anyhow::Result;
use bytes::Bytes;
use medrecord_common::audio::{SAMPLE_RATE, flac};
use medrecord_common::segment::{Digest, SegmentHeader};

/// So many different ones are made; they come round again in other recordings.
const DIFFERENT: usize = 64;
/// Samples from the beginning of one to that of the next: no two are alike.
const APART: usize = 29_989;

#[derive(Clone)]
pub(crate) struct Segment {
    samples: u32,
    pub(crate) flac: Bytes,
    pub(crate) digest: Digest,
}

impl Segment {
    /// As number `seq` of a recording whose segments are all as long.
    pub(crate) fn header(&self, seq: usize) -> SegmentHeader {
        let start = seq as u64 * u64::from(self.samples);
        // With speech, so that its transcription is queued as in life.
        SegmentHeader { start, samples: self.samples, speech: self.samples / 2, peak: 8_000 }
    }
}

/// Segments of so many seconds.
pub(crate) fn segments(seconds: u32) -> Result<Vec<Segment>> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/progress-note.flac");
    let pcm = flac::decode_up_to(&std::fs::read(sample)?, 120 * SAMPLE_RATE as usize)?;
    let samples = seconds * SAMPLE_RATE;
    (0..DIFFERENT)
        .map(|number| {
            let from = pcm.iter().copied().cycle().skip(number * APART % pcm.len());
            let flac = flac::encode(&from.take(samples as usize).collect::<Vec<_>>())?;
            let digest = Digest::of(&flac);
            Ok(Segment { samples, flac: flac.into(), digest })
        })
        .collect()
}

/// Recordings of so many segments, until they are so many bytes.
pub(crate) fn recordings(said: &[Segment], segments: usize, bytes: usize) -> Vec<Vec<Segment>> {
    let mut said = said.iter().cycle();
    let (mut recordings, mut made) = (Vec::new(), 0);
    while made < bytes {
        let recording: Vec<_> = said.by_ref().take(segments).cloned().collect();
        made += size(&recording);
        recordings.push(recording);
    }
    recordings
}

pub(crate) fn bytes(recordings: &[Vec<Segment>]) -> usize {
    recordings.iter().map(|recording| size(recording)).sum()
}

pub(crate) fn size(recording: &[Segment]) -> usize {
    recording.iter().map(|segment| segment.flac.len()).sum()
}
