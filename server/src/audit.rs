//! Audit: a row in the transaction of the act, so that neither is there without the other.

use chrono::{DateTime, Utc};
use medrecord_common::ids::{ClinicianId, DeviceId, NoteId, RecordingId};
use serde_json::json;
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
    RenameDevice,
    RevokeDevice,
    CreateRecording,
    ChangeRecording,
    CompleteRecording,
    PurgeRecording,
    RetryRecording,
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
    /// A workstation that is not the one that acts.
    pub(crate) device: Option<DeviceId>,
}

impl Act {
    const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SignInFailed => "sign_in_failed",
            Self::SignOut => "sign_out",
            Self::Enrol => "enrol",
            Self::RefreshReuse => "refresh_token_reused",
            Self::RenameDevice => "rename_device",
            Self::RevokeDevice => "revoke_device",
            Self::CreateRecording => "create_recording",
            Self::ChangeRecording => "change_recording",
            Self::CompleteRecording => "complete_recording",
            Self::PurgeRecording => "purge_recording",
            Self::RetryRecording => "retry_recording",
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
        Self { recording: Some(id), ..Self::default() }
    }
}

impl From<NoteId> for Target {
    fn from(id: NoteId) -> Self {
        Self { note: Some(id), ..Self::default() }
    }
}

impl From<DeviceId> for Target {
    fn from(id: DeviceId) -> Self {
        Self { device: Some(id), ..Self::default() }
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
    let Target { recording, note, device } = target.into();
    let details = device.map_or_else(|| json!({}), |device| json!({ "device": device }));
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
