//! Recordings: their creation, their stage and their receipt. Reading them for people: `recording_view`.

use chrono::{DateTime, Utc};
use medrecord_common::ids::{ClinicianId, DeviceId, PatientId, RecordingId};
use medrecord_common::recording::{CreateRecording, Stage};
use sqlx::PgExecutor;

use super::{from_word, signed, word};

/// What decides about a recording's next step.
pub(crate) struct RecordingRow {
    pub(crate) clinician: ClinicianId,
    pub(crate) stage: Stage,
    pub(crate) reason: Option<String>,
    pub(crate) manifest: Option<String>,
    pub(crate) receipt: Option<String>,
    pub(crate) is_discarded: bool,
}

/// What was acknowledged of a recording.
pub(crate) struct ChainRow {
    pub(crate) id: RecordingId,
    pub(crate) manifest: Option<String>,
    pub(crate) receipt: Option<String>,
}

/// A page of all recordings that are not purged, by id.
pub(crate) async fn chain(
    db: impl PgExecutor<'_>,
    after: Option<RecordingId>,
    limit: i64,
) -> sqlx::Result<Vec<ChainRow>> {
    sqlx::query_as!(
        ChainRow,
        "select r.id, r.manifest, r.receipt from recording r
         join recording_key k on k.recording_id = r.id
         where k.destroyed_at is null and ($1::uuid is null or r.id > $1)
         order by r.id limit $2",
        after.map(|id| id.0),
        limit
    )
    .fetch_all(db)
    .await
}

/// Inserts a recording; false when the id is taken.
pub(crate) async fn insert(
    db: impl PgExecutor<'_>,
    id: RecordingId,
    clinician: ClinicianId,
    device: DeviceId,
    create: &CreateRecording,
    request_digest: &[u8],
) -> sqlx::Result<bool> {
    let replaces = create.replaces.as_ref();
    let done = sqlx::query!(
        "insert into recording (id, clinician_id, device_id, kind, language, patient_id,
            encounter_id, continues, replaces, replaces_start, replaces_samples, started_at,
            request_digest)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         on conflict (id) do nothing",
        id.0,
        clinician.0,
        device.0,
        word(&create.kind)?,
        create.language,
        create.patient.as_ref().map(|patient| patient.id.0),
        create.encounter.map(|encounter| encounter.0),
        create.continues.map(|recording| recording.0),
        replaces.map(|stretch| stretch.recording.0),
        replaces.map(|stretch| signed::<i64, _>(stretch.start)).transpose()?,
        replaces.map(|stretch| signed::<i64, _>(stretch.samples)).transpose()?,
        create.started_at,
        request_digest,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Owner and digest of the request that made a recording.
pub(crate) async fn origin(
    db: impl PgExecutor<'_>,
    id: RecordingId,
) -> sqlx::Result<Option<(ClinicianId, Vec<u8>)>> {
    let row =
        sqlx::query!("select clinician_id, request_digest from recording where id = $1", id.0)
            .fetch_optional(db)
            .await?;
    Ok(row.map(|row| (row.clinician_id.into(), row.request_digest)))
}

/// Whether there is something to read: the clinician's own recording, not discarded.
pub(crate) async fn is_readable(
    db: impl PgExecutor<'_>,
    id: RecordingId,
    clinician: ClinicianId,
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from recording
            where id = $1 and clinician_id = $2 and discarded_at is null) as "readable!""#,
        id.0,
        clinician.0
    )
    .fetch_one(db)
    .await
}

/// Locks a recording of this clinician for one who adds to it; `None` when it is not theirs.
/// The answer says whether it is complete already.
pub(crate) async fn lock_to_add(
    db: impl PgExecutor<'_>,
    id: RecordingId,
    clinician: ClinicianId,
) -> sqlx::Result<Option<bool>> {
    sqlx::query_scalar!(
        r#"select completed_at is not null as "complete!" from recording
         where id = $1 and clinician_id = $2 for share"#,
        id.0,
        clinician.0
    )
    .fetch_optional(db)
    .await
}

/// Locks a recording for one who decides about it.
pub(crate) async fn lock(
    db: impl PgExecutor<'_>,
    id: RecordingId,
) -> sqlx::Result<Option<RecordingRow>> {
    let row = sqlx::query!(
        r#"select clinician_id, stage, reason, manifest, receipt,
            discarded_at is not null as "is_discarded!"
         from recording where id = $1 for update"#,
        id.0
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(RecordingRow {
            clinician: row.clinician_id.into(),
            stage: from_word(row.stage)?,
            reason: row.reason,
            manifest: row.manifest,
            receipt: row.receipt,
            is_discarded: row.is_discarded,
        })
    })
    .transpose()
}

pub(crate) async fn set_stage(
    db: impl PgExecutor<'_>,
    id: RecordingId,
    stage: Stage,
    reason: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update recording set stage = $2, reason = $3 where id = $1",
        id.0,
        word(&stage)?,
        reason
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(crate) async fn set_patient(
    db: &mut sqlx::PgConnection,
    id: RecordingId,
    patient: PatientId,
) -> sqlx::Result<()> {
    sqlx::query!("update recording set patient_id = $2 where id = $1", id.0, patient.0)
        .execute(&mut *db)
        .await?;
    sqlx::query!(
        "update note set patient_id = $2 where state <> 'signed'
         and id in (select note_id from note_recording
            where recording_id = $1 and (position = 0 or patient_id is null))",
        id.0,
        patient.0
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(crate) async fn set_discarded(
    db: impl PgExecutor<'_>,
    id: RecordingId,
    at: Option<DateTime<Utc>>,
) -> sqlx::Result<()> {
    sqlx::query!("update recording set discarded_at = $2 where id = $1", id.0, at)
        .execute(db)
        .await?;
    Ok(())
}

/// Closes a recording: from now on it takes no segments.
pub(crate) async fn complete(
    db: impl PgExecutor<'_>,
    id: RecordingId,
    manifest: &str,
    receipt: &str,
    samples: u64,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update recording set manifest = $2, receipt = $3, samples = $4, completed_at = $5
         where id = $1",
        id.0,
        manifest,
        receipt,
        signed::<i64, _>(samples)?,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}
