//! The segment: unit of durability, sync, transcription and evidence.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The `Segment` request header (RFC 9651 dictionary): what the recorder measured, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentHeader {
    /// First sample on the recording's clock (16 kHz).
    pub start: u64,
    /// Length in samples: 1 to [`MAX_SEGMENT_SAMPLES`].
    pub samples: u32,
    /// How many of the samples the voice-activity detector heard as speech.
    pub speech: u32,
    /// Largest absolute sample value, 0 to 32,768.
    pub peak: u16,
}

impl SegmentHeader {
    /// The first sample after it.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.start + self.samples as u64
    }
}

/// Thirty seconds: the cutting rule never exceeds it, and no speech engine is given more at a time.
pub const MAX_SEGMENT_SAMPLES: u32 = 30 * crate::audio::SAMPLE_RATE;

/// Largest FLAC body of a segment in bytes: its PCM and some framing (FLAC never grows much beyond).
pub const MAX_SEGMENT_BYTES: usize = MAX_SEGMENT_SAMPLES as usize * 2 + 64 * 1024;

impl SegmentHeader {
    /// The header's value, e.g. `start=0, samples=240000, speech=198000, peak=12034`.
    #[must_use]
    pub fn to_value(&self) -> String {
        let Self { start, samples, speech, peak } = self;
        format!("start={start}, samples={samples}, speech={speech}, peak={peak}")
    }

    /// Reads the header's value; members may stand in any order, unknown ones are passed over.
    ///
    /// # Errors
    /// A sentence that says what is missing or out of range.
    pub fn parse(value: &str) -> Result<Self, String> {
        let member = |name: &str| -> Result<u64, String> {
            value
                .split(',')
                .filter_map(|member| member.trim().split_once('='))
                .find(|(key, _)| *key == name)
                .ok_or_else(|| format!("Segment header: {name} is missing"))?
                .1
                .parse()
                .map_err(|_| format!("Segment header: {name} is not a number"))
        };
        let narrow = |name: &str, value: u64, max: u32| match u32::try_from(value) {
            Ok(value) if value <= max => Ok(value),
            _ => Err(format!("Segment header: {name} is over {max}")),
        };
        let samples = narrow("samples", member("samples")?, MAX_SEGMENT_SAMPLES)?;
        if samples == 0 {
            return Err("Segment header: samples is 0".to_owned());
        }
        let speech = narrow("speech", member("speech")?, samples)?;
        let peak = narrow("peak", member("peak")?, 32_768)? as u16;
        Ok(Self { start: member("start")?, samples, speech, peak })
    }

    /// Whether the segment is to be transcribed: no speech measured, no request, no text.
    #[must_use]
    pub const fn has_speech(&self) -> bool {
        self.speech > 0
    }
}

/// SHA-256 of a segment's bytes or of a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// # Errors
    /// When the text is not 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Result<Self, hex::FromHexError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// `GET /api/v1/recordings/{id}/segments`: what the server has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SegmentRanges {
    /// Inclusive ranges of numbers, ascending: `[[0, 4], [6, 6]]`.
    pub ranges: Vec<(u32, u32)>,
    /// How many changes the server has (they are numbered without holes).
    pub changes: u32,
    /// Whether the recording has its receipt.
    pub complete: bool,
}

impl SegmentRanges {
    /// Ranges of a list of ascending numbers.
    #[must_use]
    pub fn ranges_of(numbers: impl IntoIterator<Item = u32>) -> Vec<(u32, u32)> {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for number in numbers {
            match ranges.last_mut() {
                Some((_, end)) if *end + 1 == number => *end = number,
                _ => ranges.push((number, number)),
            }
        }
        ranges
    }

    #[must_use]
    pub fn contains(&self, seq: u32) -> bool {
        self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&seq))
    }
}

#[cfg(test)]
mod tests {
    use super::{SegmentHeader, SegmentRanges};

    #[test]
    fn header_survives_the_round_trip() {
        let header =
            SegmentHeader { start: 480_000, samples: 240_000, speech: 198_000, peak: 32_768 };
        assert_eq!(SegmentHeader::parse(&header.to_value()), Ok(header));
    }

    #[test]
    fn header_out_of_range_is_refused_with_the_reason() {
        let error = SegmentHeader::parse("start=0, samples=480001, speech=0, peak=0").unwrap_err();
        assert_eq!(error, "Segment header: samples is over 480000");
        assert!(SegmentHeader::parse("start=0, samples=10, speech=11, peak=0").is_err());
        assert!(SegmentHeader::parse("start=0, samples=10, speech=1").is_err());
        assert!(SegmentHeader::parse("start=-1, samples=10, speech=1, peak=3").is_err());
    }

    #[test]
    fn ranges_close_over_neighbours() {
        assert_eq!(SegmentRanges::ranges_of([0, 1, 2, 4, 6, 7]), [(0, 2), (4, 4), (6, 7)]);
    }
}
