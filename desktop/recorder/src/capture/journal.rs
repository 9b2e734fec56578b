//! Writes pieces to the outbox, in order. What cannot be written now is kept and tried again.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use medrecord_common::audio::flac;
use medrecord_common::ids::RecordingId;
use medrecord_common::recording::ChangeKind;
use medrecord_common::segment::{Digest, SegmentHeader};

use super::pipeline::Piece;
use crate::outbox::{Outbox, OutboxError};

enum Write {
    Chunk { start: u64, pcm: Vec<i16> },
    Segment { header: SegmentHeader, flac: Vec<u8>, digest: Digest, rest: Vec<i16> },
    Change { at: DateTime<Utc>, what: ChangeKind },
}

/// The writing side of one recording.
pub(super) struct Journal {
    outbox: Outbox,
    id: RecordingId,
    waiting: VecDeque<Write>,
    /// The end of what is durable, on the recording's clock.
    on_disk: u64,
    segments: u32,
}

impl Journal {
    pub(super) const fn new(outbox: Outbox, id: RecordingId) -> Self {
        Self { outbox, id, waiting: VecDeque::new(), on_disk: 0, segments: 0 }
    }

    pub(super) const fn on_disk(&self) -> u64 {
        self.on_disk
    }

    pub(super) const fn segments(&self) -> u32 {
        self.segments
    }

    pub(super) fn add(&mut self, pieces: impl IntoIterator<Item = Piece>) {
        self.waiting.extend(pieces.into_iter().map(|piece| match piece {
            Piece::Chunk { start, pcm } => Write::Chunk { start, pcm },
            Piece::Segment { segment, rest } => {
                let flac = flac::encode(&segment.pcm)
                    .expect("invariant: a segment has samples, and their format is fixed");
                let digest = Digest::of(&flac);
                Write::Segment { header: segment.header, flac, digest, rest }
            }
        }));
    }

    pub(super) fn add_change(&mut self, at: DateTime<Utc>, what: ChangeKind) {
        self.waiting.push_back(Write::Change { at, what });
    }

    /// Writes all that waits.
    ///
    /// # Errors
    /// Of the first write that failed; it and all after it wait for the next call.
    pub(super) fn write(&mut self) -> Result<(), OutboxError> {
        while let Some(next) = self.waiting.front() {
            match next {
                Write::Chunk { start, pcm } => {
                    self.outbox.append_chunk(self.id, *start, pcm)?;
                    self.on_disk = start + pcm.len() as u64;
                }
                Write::Segment { header, flac, digest, rest } => {
                    self.outbox.cut_segment(self.id, *header, flac, *digest, rest)?;
                    self.on_disk = header.start + u64::from(header.samples) + rest.len() as u64;
                    self.segments += 1;
                }
                Write::Change { at, what } => {
                    self.outbox.add_change(self.id, *at, what.clone())?;
                    if let ChangeKind::Gap(gap) = what {
                        self.on_disk = gap.start + gap.samples;
                    }
                }
            }
            self.waiting.pop_front();
        }
        Ok(())
    }

    /// Closes the recording; all was written before.
    ///
    /// # Errors
    /// When something still cannot be written; it may be called again.
    pub(super) fn finish(&mut self, recovered: bool) -> Result<(), OutboxError> {
        self.write()?;
        self.outbox.finish(self.id, recovered)
    }
}
