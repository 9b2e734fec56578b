//! A recording as one WAV (16 kHz, mono, 16 bit): sample-exact from its segments, gaps as silence.
//!
//! Nothing is assembled: the pieces that a range touches are read and decoded as they are sent.

use std::collections::VecDeque;
use std::ops::Range;

use anyhow::Context as _;
use bytes::Bytes;
use futures::Stream;
use medrecord_common::audio::{SAMPLE_RATE, flac};
use medrecord_common::ids::RecordingId;
use medrecord_common::recording::Gap;
use uuid::Uuid;

use crate::db::segment::SegmentRow;
use crate::objects::SegmentName;
use crate::state::App;

const HEADER_BYTES: u64 = 44;
const SAMPLE_BYTES: u64 = 2;
/// Silence is sent in pieces of at most so many bytes.
const SILENCE_BYTES: u64 = 64 * 1024;

/// Where each sample of a recording comes from.
pub(crate) struct Timeline {
    recording: RecordingId,
    key: Uuid,
    segments: Vec<SegmentRow>,
    samples: u64,
}

/// Bytes of the WAV, and what they are.
struct Piece {
    /// Where in the file the piece begins.
    start: u64,
    len: u64,
    source: Source,
}

#[derive(Clone, Copy)]
enum Source {
    Header,
    Silence,
    Segment(SegmentRow),
}

impl Timeline {
    pub(crate) fn new(
        recording: RecordingId,
        key: Uuid,
        mut segments: Vec<SegmentRow>,
        gaps: &[Gap],
    ) -> Self {
        segments.sort_by_key(|segment| segment.header.start);
        let ends = segments.iter().map(end);
        let samples = ends.chain(gaps.iter().map(|gap| gap.start + gap.samples)).max();
        Self { recording, key, segments, samples: samples.unwrap_or(0) }
    }

    pub(crate) const fn size_bytes(&self) -> u64 {
        HEADER_BYTES + self.samples * SAMPLE_BYTES
    }

    /// The file from its beginning to its end, without holes.
    fn pieces(&self) -> Vec<Piece> {
        let mut pieces = vec![Piece { start: 0, len: HEADER_BYTES, source: Source::Header }];
        let mut at = 0;
        for segment in &self.segments {
            silence(&mut pieces, at..segment.header.start);
            // Segments do not overlap; if a client let them, the file still keeps its length.
            let from = segment.header.start.max(at);
            if from == segment.header.start {
                let len = u64::from(segment.header.samples) * SAMPLE_BYTES;
                pieces.push(Piece { start: offset(from), len, source: Source::Segment(*segment) });
                at = end(segment);
            }
        }
        silence(&mut pieces, at..self.samples);
        pieces
    }

    fn header(&self) -> Vec<u8> {
        let data = u32::try_from(self.samples * SAMPLE_BYTES).unwrap_or(u32::MAX - 36);
        let mut header = Vec::with_capacity(44);
        header.extend_from_slice(b"RIFF");
        header.extend_from_slice(&(data + 36).to_le_bytes());
        header.extend_from_slice(b"WAVEfmt ");
        header.extend_from_slice(&16_u32.to_le_bytes());
        header.extend_from_slice(&1_u16.to_le_bytes());
        header.extend_from_slice(&1_u16.to_le_bytes());
        header.extend_from_slice(&SAMPLE_RATE.to_le_bytes());
        header.extend_from_slice(&(SAMPLE_RATE * 2).to_le_bytes());
        header.extend_from_slice(&2_u16.to_le_bytes());
        header.extend_from_slice(&16_u16.to_le_bytes());
        header.extend_from_slice(b"data");
        header.extend_from_slice(&data.to_le_bytes());
        header
    }
}

/// The bytes of a range of the WAV.
pub(crate) fn stream(
    app: App,
    timeline: Timeline,
    range: Range<u64>,
) -> impl Stream<Item = anyhow::Result<Bytes>> {
    let touched = |piece: &Piece| piece.start < range.end && range.start < piece.start + piece.len;
    let pieces: VecDeque<_> = timeline.pieces().into_iter().filter(touched).collect();
    futures::stream::try_unfold((app, timeline, pieces), move |(app, timeline, mut pieces)| {
        let range = range.clone();
        async move {
            let Some(piece) = pieces.pop_front() else { return Ok(None) };
            let bytes = read(&app, &timeline, &piece).await.inspect_err(|error| {
                tracing::error!(error = %format!("{error:#}"), "audio cannot be read");
            })?;
            let from = range.start.saturating_sub(piece.start) as usize;
            let to = (range.end - piece.start).min(piece.len) as usize;
            Ok(Some((bytes.slice(from..to), (app, timeline, pieces))))
        }
    })
}

async fn read(app: &App, timeline: &Timeline, piece: &Piece) -> anyhow::Result<Bytes> {
    let segment = match piece.source {
        Source::Header => return Ok(timeline.header().into()),
        Source::Silence => return Ok(vec![0; piece.len as usize].into()),
        Source::Segment(segment) => segment,
    };
    let recording = timeline.recording;
    let name = SegmentName { recording, seq: segment.seq, digest: segment.digest };
    let flac = app.objects.get(name, timeline.key).await?;
    let limit = segment.header.samples as usize;
    let pcm = tokio::task::spawn_blocking(move || flac::decode_up_to(&flac, limit)).await??;
    let bytes: Bytes = pcm.into_iter().flat_map(i16::to_le_bytes).collect();
    (bytes.len() as u64 == piece.len).then_some(bytes).context("a segment has its length")
}

fn silence(pieces: &mut Vec<Piece>, samples: Range<u64>) {
    let (mut start, end) = (offset(samples.start), offset(samples.end));
    while start < end {
        let len = SILENCE_BYTES.min(end - start);
        pieces.push(Piece { start, len, source: Source::Silence });
        start += len;
    }
}

const fn offset(sample: u64) -> u64 {
    HEADER_BYTES + sample * SAMPLE_BYTES
}

fn end(segment: &SegmentRow) -> u64 {
    segment.header.start + u64::from(segment.header.samples)
}
