//! Server-sent events: one stream for recordings, transcripts and notes.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{NoteId, RecordingId};

/// Something that is the clinician's changed. It says what, not how: the client reads the thing anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    pub kind: EventKind,
    pub recording: Option<RecordingId>,
    pub note: Option<NoteId>,
    pub at: DateTime<Utc>,
}

/// What changed; also the `event:` field of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    Recording,
    Transcript,
    Note,
}

impl EventKind {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Transcript => "transcript",
            Self::Note => "note",
        }
    }
}
