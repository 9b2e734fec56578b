//! Audit: a row in the transaction of the act, so that neither is there without the other.

use chrono::{DateTime, Utc};
use medrecord_common::ids::{ClinicianId, DeviceId, NoteId, RecordingId};
use sqlx::PgConnection;

use crate::db;

/// Who acts: a clinician, from a browser or from a device of theirs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Who {
    pub(crate) clinician: Option<ClinicianId>,
    pub(crate) device: Option<DeviceId>,
}

/// What was done. Sending a segment is none of these.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Act {
    SignIn,
    SignInFailed,
    SignOut,
    Enrol,
    RefreshReuse,
    CreateRecording,
    ChangeRecording,
    CompleteRecording,
    PurgeRecording,
    ReadRecording,
    ReadWorklist,
    ReadTranscript,
    PlayRecording,
    ReadNote,
    EditNote,
    DraftNote,
    SignNote,
}

/// What it was done to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Target {
    pub(crate) recording: Option<RecordingId>,
    pub(crate) note: Option<NoteId>,
}

impl Act {
    const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SignInFailed => "sign_in_failed",
            Self::SignOut => "sign_out",
            Self::Enrol => "enrol",
            Self::RefreshReuse => "refresh_token_reused",
            Self::CreateRecording => "create_recording",
            Self::ChangeRecording => "change_recording",
            Self::CompleteRecording => "complete_recording",
            Self::PurgeRecording => "purge_recording",
            Self::ReadRecording => "read_recording",
            Self::ReadWorklist => "read_worklist",
            Self::ReadTranscript => "read_transcript",
            Self::PlayRecording => "play_recording",
            Self::ReadNote => "read_note",
            Self::EditNote => "edit_note",
            Self::DraftNote => "draft_note",
            Self::SignNote => "sign_note",
        }
    }
}

impl From<RecordingId> for Target {
    fn from(id: RecordingId) -> Self {
        Self { recording: Some(id), note: None }
    }
}

impl From<NoteId> for Target {
    fn from(id: NoteId) -> Self {
        Self { recording: None, note: Some(id) }
    }
}

/// Writes the row; the caller commits it together with the act.
pub(crate) async fn record(
    tx: &mut PgConnection,
    at: DateTime<Utc>,
    who: Who,
    act: Act,
    target: impl Into<Target>,
) -> sqlx::Result<()> {
    let Target { recording, note } = target.into();
    let details = serde_json::json!({});
    db::audit_event::insert(
        tx,
        at,
        who.clinician,
        who.device,
        act.as_str(),
        recording,
        note,
        &details,
    )
    .await
}
