//! The planner: what is to be done next, from what is here and what the server has. Pure.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use medrecord_common::ids::RecordingId;
use medrecord_common::recording::Stage;
use medrecord_common::segment::SegmentRanges;

/// A recording on this computer, as far as the planner needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Local {
    pub id: RecordingId,
    pub started_at: DateTime<Utc>,
    /// Segments that were cut so far.
    pub segments: u32,
    pub changes: u32,
    /// How many of them the server acknowledged (it has them from 0 on).
    pub changes_sent: u32,
    /// Stopped: no segment and no gap will follow.
    pub finished: bool,
    /// A receipt that matches is here.
    pub acknowledged: bool,
    /// It is of the epoch that the server is in: no restore came between.
    pub confirmed: bool,
    /// The audio is no longer here.
    pub released: bool,
    /// How far the server was when last asked.
    pub stage: Option<Stage>,
    /// Whether the server named a note.
    pub note: bool,
    /// Whether the note's text is here.
    pub note_text: bool,
    /// In the trash: nothing of it is sent but that it was discarded.
    pub discarded: bool,
}

/// What is known of the server's side of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remote {
    /// It was not asked yet, or the last answer was lost.
    Unknown,
    /// It has never heard of the recording.
    Absent,
    Present {
        /// For each segment from 0: whether it is there.
        segments: Vec<bool>,
        changes: u32,
        /// Whether the recording has its receipt.
        complete: bool,
    },
}

impl Remote {
    /// Of the server's answer; `None`: it does not know the recording.
    #[must_use]
    pub fn of(answer: Option<&SegmentRanges>) -> Self {
        let Some(answer) = answer else { return Self::Absent };
        let end = answer.ranges.iter().map(|(_, last)| last + 1).max().unwrap_or(0);
        let segments = (0..end).map(|seq| answer.contains(seq)).collect();
        Self::Present { segments, changes: answer.changes, complete: answer.complete }
    }

    #[must_use]
    pub fn has(&self, seq: u32) -> bool {
        match self {
            Self::Present { segments, .. } => segments.get(seq as usize).copied().unwrap_or(false),
            Self::Unknown | Self::Absent => false,
        }
    }

    /// The server acknowledged a segment, or said that it does not have it.
    pub fn set(&mut self, seq: u32, there: bool) {
        if let Self::Present { segments, .. } = self {
            let len = segments.len().max(seq as usize + 1);
            segments.resize(len, false);
            segments[seq as usize] = there;
        }
    }
}

/// One request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Ask what the server has of it.
    Ask,
    Create,
    /// Send the changes from this number on.
    Changes {
        from: u32,
    },
    Segment {
        seq: u32,
    },
    Complete,
    /// Note that the receipt holds after a restore, too.
    Confirm,
    /// Say that a restore lost what is no longer here either.
    Lost,
    /// Look whether transcript and note are ready.
    Look,
    FetchNote,
}

/// An operation on a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    pub recording: RecordingId,
    pub operation: Operation,
}

/// Everything that is to be done now, what a clinician waits for first: what takes no audio (receipts, notes), the
/// recording under way, then the backlog, what has the fewest segments left before the others, of those the latest.
#[must_use]
pub fn plan(recordings: &[(Local, Remote)]) -> Vec<Task> {
    let mut planned: Vec<_> = recordings.iter().collect();
    planned.sort_by_cached_key(|(local, remote)| {
        let left = left(local, remote);
        let is_backlog = left > 0 && local.finished;
        (left > 0, is_backlog, left, Reverse(local.started_at), local.id)
    });
    planned
        .into_iter()
        .flat_map(|(local, remote)| {
            let task = |operation| Task { recording: local.id, operation };
            operations(local, remote).into_iter().map(task)
        })
        .collect()
}

/// The operations of one recording, in order.
#[must_use]
pub fn operations(local: &Local, remote: &Remote) -> Vec<Operation> {
    if local.acknowledged && local.confirmed {
        return after_receipt(local);
    }
    let mut operations = Vec::new();
    let known = match remote {
        Remote::Unknown => return vec![Operation::Ask],
        Remote::Absent if local.released => return vec![Operation::Lost],
        // The server need not hear of what was thrown away before it was sent.
        Remote::Absent if local.discarded => return vec![],
        Remote::Absent => {
            operations.push(Operation::Create);
            0
        }
        Remote::Present { changes, .. } => *changes,
    };
    if known < local.changes {
        operations.push(Operation::Changes { from: known });
    }
    let is_whole = matches!(remote, Remote::Present { complete: true, .. });
    if !local.discarded {
        let missing = (0..local.segments).filter(|seq| !remote.has(*seq));
        operations.extend(missing.map(|seq| Operation::Segment { seq }));
        if local.released && !operations.is_empty() {
            return vec![Operation::Lost];
        }
        if local.finished && !(local.acknowledged && is_whole) {
            operations.push(Operation::Complete);
        }
    }
    if local.acknowledged && (is_whole || local.discarded) {
        operations.push(Operation::Confirm);
    }
    operations
}

/// Changes may still be made, and the note is awaited.
fn after_receipt(local: &Local) -> Vec<Operation> {
    let mut operations = Vec::new();
    if local.changes_sent < local.changes {
        operations.push(Operation::Changes { from: local.changes_sent });
    }
    match local.stage {
        Some(Stage::NoSpeech) => {}
        // Once restored it is looked at again.
        Some(Stage::Discarded) if local.discarded => {}
        Some(Stage::Ready) if local.note_text => {}
        Some(Stage::Ready) if local.note => operations.push(Operation::FetchNote),
        _ => operations.push(Operation::Look),
    }
    operations
}

fn left(local: &Local, remote: &Remote) -> usize {
    if (local.acknowledged && local.confirmed) || local.discarded {
        return 0;
    }
    (0..local.segments).filter(|seq| !remote.has(*seq)).count()
}

#[cfg(test)]
mod tests;
