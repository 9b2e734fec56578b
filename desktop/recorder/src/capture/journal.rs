//! Writes pieces to the outbox, in order. What cannot be written now is kept and tried again.
//!
//! A write is taken off the list only when its commit returned; one that failed is written anew by the
//! outbox on another connection, and is there once however often that happens. When a segment joins the
//! list, the chunks that wait before it leave it: it holds their samples.

use std::collections::VecDeque;
use std::mem::size_of_val;

use chrono::{DateTime, Utc};
use medrecord_common::audio::flac;
use medrecord_common::ids::RecordingId;
use medrecord_common::recording::{ChangeKind, Gap, GapReason};
use medrecord_common::segment::{Digest, SegmentHeader};

use super::pipeline::Piece;
use crate::outbox::{Outbox, OutboxError};

/// So much may wait in memory, in bytes: 8 hours of speech, of which FLAC takes about 16 kB a second
/// (design §2), and no more than a workstation can spare. What comes then is a gap with the reason `disk`.
const MOST_HELD: usize = 480 << 20;

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
    most_held: usize,
    /// A chunk was turned away: those after it in the same segment would not follow what is durable.
    full: bool,
    /// The end of what is durable, on the recording's clock.
    on_disk: u64,
    segments: u32,
}

impl Journal {
    pub(super) const fn new(outbox: Outbox, id: RecordingId) -> Self {
        let waiting = VecDeque::new();
        Self { outbox, id, waiting, most_held: MOST_HELD, full: false, on_disk: 0, segments: 0 }
    }

    pub(super) const fn on_disk(&self) -> u64 {
        self.on_disk
    }

    pub(super) const fn segments(&self) -> u32 {
        self.segments
    }

    /// Whether something is in memory only.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub(super) fn add(&mut self, pieces: impl IntoIterator<Item = Piece>) {
        for piece in pieces {
            match piece {
                Piece::Chunk { start, pcm } => self.add_chunk(start, pcm),
                Piece::Segment { segment, rest } => {
                    self.add_segment(segment.header, &segment.pcm, rest);
                }
            }
        }
    }

    pub(super) fn add_change(&mut self, at: DateTime<Utc>, what: ChangeKind) {
        self.waiting.push_back(Write::Change { at, what });
    }

    fn add_chunk(&mut self, start: u64, pcm: Vec<i16>) {
        self.full |= self.held() + size_of_val(pcm.as_slice()) > self.most_held;
        if !self.full {
            self.waiting.push_back(Write::Chunk { start, pcm });
        }
    }

    fn add_segment(&mut self, header: SegmentHeader, pcm: &[i16], rest: Vec<i16>) {
        self.waiting.retain(|write| !matches!(write, Write::Chunk { .. }));
        if let Some(Write::Segment { rest, .. }) = self.waiting.back_mut() {
            rest.clear();
        }
        let flac =
            flac::encode(pcm).expect("invariant: a segment has samples, and their format is fixed");
        self.full = self.held() + flac.len() + size_of_val(rest.as_slice()) > self.most_held;
        if self.full {
            self.add_loss(header);
        } else {
            let digest = Digest::of(&flac);
            self.waiting.push_back(Write::Segment { header, flac, digest, rest });
        }
    }

    /// A segment for which memory has no room either. Losses that follow each other are one gap.
    fn add_loss(&mut self, header: SegmentHeader) {
        let samples = u64::from(header.samples);
        if let Some(Write::Change { what: ChangeKind::Gap(gap), .. }) = self.waiting.back_mut()
            && gap.reason == GapReason::Disk
            && gap.start + gap.samples == header.start
        {
            gap.samples += samples;
            return;
        }
        let gap = Gap { start: header.start, samples, reason: GapReason::Disk };
        self.add_change(Utc::now(), ChangeKind::Gap(gap));
    }

    /// Bytes of samples that wait.
    fn held(&self) -> usize {
        let bytes = |write: &Write| match write {
            Write::Chunk { pcm, .. } => size_of_val(pcm.as_slice()),
            Write::Segment { flac, rest, .. } => flac.len() + size_of_val(rest.as_slice()),
            Write::Change { .. } => 0,
        };
        self.waiting.iter().map(bytes).sum()
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

#[cfg(test)]
mod tests;
