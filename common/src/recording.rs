//! A recording: from Record to Stop, with the changes that were made to it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::PatientText;
use crate::ids::{EncounterId, NoteId, RecordingId};
use crate::patient::Patient;

/// One person speaking to the record, or a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RecordingKind {
    Dictation,
    Consultation,
}

/// `PUT /api/v1/recordings/{id}`. The same body again gives the same answer, another one a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateRecording {
    pub kind: RecordingKind,
    /// ISO 639-1 code, e.g. `en`.
    pub language: String,
    #[serde(default)]
    pub patient: Option<Patient>,
    #[serde(default)]
    pub encounter: Option<EncounterId>,
    /// By the workstation's clock; shown, never used for order.
    pub started_at: DateTime<Utc>,
    /// The earlier recording that this one goes on with.
    #[serde(default)]
    pub continues: Option<RecordingId>,
    /// The stretch of an earlier recording that this one says again.
    #[serde(default)]
    pub replaces: Option<Stretch>,
}

impl CreateRecording {
    /// A dictation in English about nobody yet; what is known is set on top.
    #[must_use]
    pub fn dictation(started_at: DateTime<Utc>) -> Self {
        Self {
            kind: RecordingKind::Dictation,
            language: "en".to_owned(),
            patient: None,
            encounter: None,
            started_at,
            continues: None,
            replaces: None,
        }
    }
}

/// A stretch of a recording, in samples of its own clock (16 kHz).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stretch {
    pub recording: RecordingId,
    pub start: u64,
    pub samples: u64,
}

/// Why a stretch could not be captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    DeviceLost,
    Sleep,
    /// Lost on the way: nobody read in time, or the sound system dropped it.
    Overrun,
    Disk,
    /// Nothing but exact zeros came: muted, or broken.
    Silent,
}

impl GapReason {
    /// The word of the manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DeviceLost => "device_lost",
            Self::Sleep => "sleep",
            Self::Overrun => "overrun",
            Self::Disk => "disk",
            Self::Silent => "silent",
        }
    }
}

/// A stretch that could not be captured; it counts as time and plays as silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Gap {
    /// First missing sample.
    pub start: u64,
    pub samples: u64,
    pub reason: GapReason,
}

/// `POST /api/v1/recordings/{id}/changes` takes a list of these: append-only, numbered from 0 by the workstation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    pub number: u32,
    pub at: DateTime<Utc>,
    #[serde(flatten)]
    pub what: ChangeKind,
}

/// What was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is about another patient than was said before.
    Patient {
        patient: Patient,
    },
    /// Consent to being recorded: given, refused, or not asked for.
    Consent {
        given: Option<bool>,
        by: PatientText,
    },
    /// A point the clinician marked.
    Marker {
        sample: u64,
    },
    Gap(Gap),
    /// The sample clock stood still here.
    Pause {
        sample: u64,
        from: DateTime<Utc>,
        to: Option<DateTime<Utc>>,
    },
    /// From here on, another microphone than before.
    Microphone {
        sample: u64,
        name: String,
    },
    Discard,
    Restore,
    /// What begins at this sample or later is left out; `None`: nothing is. All of it is kept.
    Trim {
        samples: Option<u64>,
    },
}

/// Consent to being recorded, as last said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Consent {
    /// Given, refused, or (none) not asked for.
    pub given: Option<bool>,
    /// Who said so, e.g. the patient or a guardian; empty when nobody was asked.
    pub by: PatientText,
    pub at: DateTime<Utc>,
}

/// How far the server is with a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Segments are still expected.
    Receiving,
    /// Whole; some segments have no text yet.
    Transcribing,
    Drafting,
    /// A note is there.
    Ready,
    /// Whole, and nobody spoke: there will be no note.
    NoSpeech,
    /// A person has to look: a job gave up.
    Stuck,
    Discarded,
}

impl Stage {
    /// Whether nothing more will happen by itself.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Ready | Self::NoSpeech | Self::Discarded)
    }
}

/// `GET /api/v1/recordings/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recording {
    pub id: RecordingId,
    pub kind: RecordingKind,
    pub language: String,
    pub patient: Option<Patient>,
    pub encounter: Option<EncounterId>,
    pub started_at: DateTime<Utc>,
    pub continues: Option<RecordingId>,
    pub replaces: Option<Stretch>,
    pub stage: Stage,
    /// Why there is no note, in words for people.
    pub reason: Option<String>,
    /// Gaps included, pauses not.
    pub duration_ms: u64,
    /// Segments that the server has.
    pub segments: u32,
    /// Of these, how many have their text (or need none).
    pub transcribed: u32,
    pub gaps: Vec<Gap>,
    /// None: nothing was said about it.
    pub consent: Option<Consent>,
    /// Where the clinician cut the end off, if so.
    pub trimmed_ms: Option<u64>,
    pub note: Option<NoteId>,
}
