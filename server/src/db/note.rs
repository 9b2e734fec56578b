//! Notes and their versions. A version is never changed, a signed note neither.

use chrono::{DateTime, Utc};
use medrecord_common::ids::{ClinicianId, NoteId, PatientId, RecordingId};
use medrecord_common::note::{Evidence, Note, NoteContent, NoteState, Signature};
use medrecord_common::segment::Digest;
use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};

use super::patient::patient_of;
use super::{digest, from_word, number, signed};

/// A first draft, on its way into the database.
pub(crate) struct NewNote<'a> {
    pub(crate) id: NoteId,
    pub(crate) clinician: ClinicianId,
    pub(crate) patient: Option<PatientId>,
    pub(crate) recording: RecordingId,
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) content: &'a NoteContent,
    pub(crate) drafter: &'a str,
}

/// What decides whether a note may be changed.
pub(crate) struct NoteHead {
    pub(crate) version: u32,
    pub(crate) state: NoteState,
}

pub(crate) async fn insert(
    db: &mut PgConnection,
    note: &NewNote<'_>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into note (id, clinician_id, patient_id, recorded_at, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $5)",
        note.id.0,
        note.clinician.0,
        note.patient.map(|id| id.0),
        note.recorded_at,
        now
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "insert into note_recording (note_id, recording_id, position) values ($1, $2, 0)",
        note.id.0,
        note.recording.0
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "insert into note_version (note_id, version, content, drafter, created_at)
         values ($1, 1, $2, $3, $4)",
        note.id.0,
        Json(note.content) as _,
        note.drafter,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The note of a recording, whoever's it is.
pub(crate) async fn of_recording(
    db: impl PgExecutor<'_>,
    recording: RecordingId,
) -> sqlx::Result<Option<NoteId>> {
    let id = sqlx::query_scalar!(
        "select note_id from note_recording where recording_id = $1",
        recording.0
    )
    .fetch_optional(db)
    .await?;
    Ok(id.map(NoteId))
}

/// A clinician's note in its current version; notes of discarded recordings are not there.
pub(crate) async fn find(
    db: impl PgExecutor<'_>,
    id: NoteId,
    clinician: ClinicianId,
) -> sqlx::Result<Option<Note>> {
    let row = sqlx::query!(
        r#"select n.id, n.version, n.state, n.recorded_at, n.updated_at,
            n.signed_at, n.sha256, s.id as "signer_id?", s.name as "signer?",
            p.id as "patient_id?", p.name as "patient_name?", p.mrn, p.birth_date, p.sex,
            v.content as "content: Json<NoteContent>",
            (select array_agg(nr.recording_id order by nr.position) from note_recording nr
             where nr.note_id = n.id) as "recordings!"
         from note n
         join note_version v on v.note_id = n.id and v.version = n.version
         left join patient p on p.id = n.patient_id
         left join clinician s on s.id = n.signed_by
         where n.id = $1 and n.clinician_id = $2 and not exists (
            select from note_recording nr join recording r on r.id = nr.recording_id
            where nr.note_id = n.id and r.discarded_at is not null)"#,
        id.0,
        clinician.0
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let signature = match (row.signer_id, row.signer, row.signed_at, row.sha256) {
        (Some(id), Some(name), Some(at), Some(sha256)) => {
            Some(Signature { clinician: id.into(), name, at, sha256: digest(sha256)?.to_string() })
        }
        _ => None,
    };
    Ok(Some(Note {
        id: row.id.into(),
        version: number(row.version)?,
        state: from_word(row.state)?,
        patient: patient_of(row.patient_id, row.patient_name, row.mrn, row.birth_date, row.sex)?,
        recordings: row.recordings.into_iter().map(RecordingId).collect(),
        content: row.content.0,
        recorded_at: row.recorded_at,
        updated_at: row.updated_at,
        signature,
    }))
}

/// What the drafter wrote: the first version.
pub(crate) async fn draft(db: impl PgExecutor<'_>, id: NoteId) -> sqlx::Result<NoteContent> {
    let content = sqlx::query_scalar!(
        r#"select content as "content: Json<NoteContent>" from note_version
         where note_id = $1 and version = 1"#,
        id.0
    )
    .fetch_one(db)
    .await?;
    Ok(content.0)
}

/// Locks a clinician's note for one who changes it.
pub(crate) async fn lock(
    db: impl PgExecutor<'_>,
    id: NoteId,
    clinician: ClinicianId,
) -> sqlx::Result<Option<NoteHead>> {
    let row = sqlx::query!(
        "select version, state from note where id = $1 and clinician_id = $2 for update",
        id.0,
        clinician.0
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok(NoteHead { version: number(row.version)?, state: from_word(row.state)? }))
        .transpose()
}

/// Adds a version and makes it the current one.
pub(crate) async fn add_version(
    db: &mut PgConnection,
    id: NoteId,
    version: u32,
    content: &NoteContent,
    author: ClinicianId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let version = signed::<i32, _>(version)?;
    sqlx::query!(
        "insert into note_version (note_id, version, content, author_id, created_at)
         values ($1, $2, $3, $4, $5)",
        id.0,
        version,
        Json(content) as _,
        author.0,
        now
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!("update note set version = $2, updated_at = $3 where id = $1", id.0, version, now)
        .execute(db)
        .await?;
    Ok(())
}

pub(crate) async fn sign(
    db: impl PgExecutor<'_>,
    id: NoteId,
    clinician: ClinicianId,
    sha256: Digest,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update note set state = 'signed', signed_at = $2, signed_by = $3, sha256 = $4,
            updated_at = $2
         where id = $1",
        id.0,
        now,
        clinician.0,
        sha256.0.as_slice()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Those of the segments that do not exist in the note's recordings.
pub(crate) async fn unknown_evidence(
    db: impl PgExecutor<'_>,
    id: NoteId,
    evidence: &[Evidence],
) -> sqlx::Result<Vec<Evidence>> {
    let recordings: Vec<_> = evidence.iter().map(|evidence| evidence.recording.0).collect();
    let numbers: Vec<_> =
        evidence.iter().map(|evidence| i32::try_from(evidence.seq).unwrap_or(-1)).collect();
    let rows = sqlx::query!(
        r#"select distinct e.recording as "recording!", e.seq as "seq!"
         from unnest($2::uuid[], $3::int[]) as e (recording, seq)
         where not exists (
            select from note_recording nr
            join segment s on s.recording_id = nr.recording_id
            where nr.note_id = $1 and nr.recording_id = e.recording and s.seq = e.seq)"#,
        id.0,
        &recordings,
        &numbers
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Evidence {
            recording: row.recording.into(),
            seq: row.seq.try_into().unwrap_or(u32::MAX),
        })
        .collect())
}
