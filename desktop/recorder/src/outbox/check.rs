//! Checks what was recorded earlier, one segment at a time: its bytes against the digest that was taken when
//! they were made.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use medrecord_common::ids::RecordingId;

use super::{Outbox, OutboxError, RecordingState};

/// How far a check is, and what it found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) recordings: usize,
    pub(crate) checked: usize,
    /// Recordings of which something cannot be read, and when they began.
    pub(crate) damaged: Vec<(RecordingId, DateTime<Utc>)>,
}

/// A check under way: over all recordings that were over when it began, and whose audio is here.
pub(crate) struct Check {
    waiting: VecDeque<(RecordingId, DateTime<Utc>)>,
    /// Segments of the first one that are still to be read; none before it was looked at.
    segments: Option<VecDeque<u32>>,
    report: Report,
}

impl Check {
    /// # Errors
    /// When the recordings cannot be listed.
    pub(crate) fn begin(outbox: &Outbox) -> Result<Self, OutboxError> {
        let waiting = outbox.with_audio()?;
        let report = Report { recordings: waiting.len(), ..Report::default() };
        Ok(Self { waiting, segments: None, report })
    }

    pub(crate) const fn report(&self) -> &Report {
        &self.report
    }

    /// Reads one segment, or the list of them; `false` when all is checked.
    pub(crate) fn step(&mut self, outbox: &Outbox) -> bool {
        let Some(&(id, began)) = self.waiting.front() else { return false };
        match self.look(outbox, id) {
            Ok(true) => return true,
            Ok(false) => {}
            Err(error) if is_gone(outbox, id) => {
                tracing::debug!(%error, "released or deleted while it was checked");
            }
            // Another program holds the database; the next check comes.
            Err(OutboxError::Busy) => {}
            Err(error) => {
                tracing::error!(recording = %id, code = error.code(), "cannot be read any more");
                outbox.mark_damaged();
                self.report.damaged.push((id, began));
            }
        }
        self.waiting.pop_front();
        self.segments = None;
        self.report.checked += 1;
        true
    }

    /// Whether there is more to be read of this recording.
    fn look(&mut self, outbox: &Outbox, id: RecordingId) -> Result<bool, OutboxError> {
        let segments = match &mut self.segments {
            Some(segments) => segments,
            none => {
                outbox.change_list(id)?;
                let listed = outbox.segments(id)?.into_iter().map(|entry| entry.seq).collect();
                none.insert(listed)
            }
        };
        let Some(seq) = segments.pop_front() else { return Ok(false) };
        outbox.segment(id, seq)?;
        Ok(true)
    }
}

/// Its audio is not here by right.
fn is_gone(outbox: &Outbox, id: RecordingId) -> bool {
    match outbox.recording(id) {
        Ok(recording) => recording.state == RecordingState::Released,
        Err(error) => matches!(error, OutboxError::UnknownRecording(_)),
    }
}

#[cfg(test)]
mod tests;
