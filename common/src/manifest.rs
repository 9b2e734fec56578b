//! The manifest: a recording's segments and gaps as lines, and the digest over them.

use serde::{Deserialize, Serialize};

use crate::recording::Gap;
use crate::segment::{Digest, SegmentHeader};

/// `POST /api/v1/recordings/{id}/complete`. The answer is [`crate::receipt::Completed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Complete {
    /// [`text`] of the recording.
    pub manifest: String,
    /// How many changes the workstation has made; all must be there.
    pub changes: u32,
}

/// The manifest's text: `segment SEQ START SAMPLES SPEECH SHA256` in order, then `gap START SAMPLES REASON`.
#[must_use]
pub fn text(segments: &[(SegmentHeader, Digest)], gaps: &[Gap]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for (seq, (header, digest)) in segments.iter().enumerate() {
        let SegmentHeader { start, samples, speech, .. } = header;
        let _ = writeln!(text, "segment {seq} {start} {samples} {speech} {digest}");
    }
    for gap in gaps {
        let _ = writeln!(text, "gap {} {} {}", gap.start, gap.samples, gap.reason.as_str());
    }
    text
}

/// Length of the recording in samples: the end of its last segment or gap.
#[must_use]
pub fn samples(segments: &[(SegmentHeader, Digest)], gaps: &[Gap]) -> u64 {
    let segments = segments.iter().map(|(header, _)| header.start + u64::from(header.samples));
    segments.chain(gaps.iter().map(|gap| gap.start + gap.samples)).max().unwrap_or(0)
}

/// The numbers of the `segment` lines of a manifest, or nothing when a line cannot be read.
#[must_use]
pub fn segment_numbers(manifest: &str) -> Option<Vec<u32>> {
    manifest
        .lines()
        .filter_map(|line| line.strip_prefix("segment "))
        .map(|line| line.split(' ').next()?.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{samples, segment_numbers, text};
    use crate::recording::{Gap, GapReason};
    use crate::segment::{Digest, SegmentHeader};

    #[test]
    fn lines_are_as_the_contract_says() {
        let header = SegmentHeader { start: 0, samples: 16_000, speech: 8_000, peak: 100 };
        let gap = Gap { start: 16_000, samples: 800, reason: GapReason::Sleep };
        let segments = [(header, Digest::of(b"abc"))];
        let expected = "segment 0 0 16000 8000 \
            ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n\
            gap 16000 800 sleep\n";
        assert_eq!(text(&segments, &[gap]), expected);
        assert_eq!(samples(&segments, &[gap]), 16_800);
        assert_eq!(segment_numbers(expected), Some(vec![0]));
        assert_eq!(segment_numbers("segment x 0"), None);
    }
}
