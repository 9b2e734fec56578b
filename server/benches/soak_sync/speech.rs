//! What is said: made from a number, so that it can be made again and compared.

use anyhow::Result;
use medrecord_common::audio::flac;
use medrecord_common::segment::{Digest, SegmentHeader};

use super::random::Random;

/// A segment as it was cut.
pub(crate) struct Cut {
    pub(crate) header: SegmentHeader,
    pub(crate) pcm: Vec<i16>,
    pub(crate) flac: Vec<u8>,
    pub(crate) digest: Digest,
}

/// The first `segments` segments of recording number `seed`: a tenth to half a second each.
pub(crate) fn segments(seed: u64, segments: u32) -> Result<Vec<Cut>> {
    let mut start = 0;
    (0..segments)
        .map(|seq| {
            let cut = segment(seed, seq, start)?;
            start += u64::from(cut.header.samples);
            Ok(cut)
        })
        .collect()
}

fn segment(seed: u64, seq: u32, start: u64) -> Result<Cut> {
    let mut random = Random::of(seed, seq.into());
    let samples = 1_600 + random.below(6_400) as u32;
    let pcm: Vec<i16> = (0..samples).map(|_| random.below(64) as i16 - 32).collect();
    // Nobody speaks in it: the soak is about the way there, not about the transcript.
    let header = SegmentHeader { start, samples, speech: 0, peak: 32 };
    let flac = flac::encode(&pcm)?;
    let digest = Digest::of(&flac);
    Ok(Cut { header, pcm, flac, digest })
}
