//! Who did what to what. Append-only; never patient text.

use medrecord_common::ids::{ClinicianId, DeviceId, NoteId, RecordingId};
use sqlx::PgExecutor;
use uuid::Uuid;

#[expect(clippy::too_many_arguments, reason = "they are the columns")]
pub(crate) async fn insert(
    db: impl PgExecutor<'_>,
    at: chrono::DateTime<chrono::Utc>,
    clinician: Option<ClinicianId>,
    device: Option<DeviceId>,
    action: &str,
    recording: Option<RecordingId>,
    note: Option<NoteId>,
    details: &serde_json::Value,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into audit_event
            (id, at, clinician_id, device_id, action, recording_id, note_id, details)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        Uuid::now_v7(),
        at,
        clinician.map(|id| id.0),
        device.map(|id| id.0),
        action,
        recording.map(|id| id.0),
        note.map(|id| id.0),
        details
    )
    .execute(db)
    .await?;
    Ok(())
}
