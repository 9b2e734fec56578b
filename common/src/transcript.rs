//! The transcript: the text of the segments of one recording, in order.

use serde::{Deserialize, Serialize};

use crate::PatientText;
use crate::ids::RecordingId;

/// `GET /api/v1/recordings/{id}/transcript`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Transcript {
    pub recording: RecordingId,
    pub segments: Vec<TranscriptSegment>,
}

/// One segment with its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TranscriptSegment {
    pub seq: u32,
    pub start_ms: u64,
    pub duration_ms: u32,
    pub speech_ms: u32,
    pub state: TextState,
    /// Empty unless `done`.
    pub text: PatientText,
}

/// Whether a segment has its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TextState {
    Waiting,
    Done,
    /// Nobody spoke: never transcribed.
    NoSpeech,
    /// The provider refused it for good; a person has to look.
    Failed,
}
