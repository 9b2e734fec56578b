//! Notes and their versions. A version is never changed, a signed note neither.

use chrono::{DateTime, Utc};
use medrecord_common::ids::{ClinicianId, NoteId, PatientId, RecordingId};
use medrecord_common::note::{Evidence, Note, NoteBasis, NoteContent, NoteState, Signature};
use medrecord_common::segment::Digest;
use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};

use super::patient::patient_of;
use super::{digest, from_word, number, signed};

/// What the drafter wrote, on its way into the database.
pub(crate) struct Drafted<'a> {
    pub(crate) id: NoteId,
    pub(crate) clinician: ClinicianId,
    pub(crate) patient: Option<PatientId>,
    /// In the order of reading.
    pub(crate) recordings: &'a [RecordingId],
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) content: &'a NoteContent,
    pub(crate) drafter: &'a str,
    /// SHA-256 of the texts it was drafted from.
    pub(crate) basis: Digest,
}

/// What decides whether a note may be changed.
pub(crate) struct NoteHead {
    pub(crate) version: u32,
    pub(crate) state: NoteState,
}

/// Writes a note, or its next version. It rests on these recordings and no others from now on.
pub(crate) async fn put(
    db: &mut PgConnection,
    note: &Drafted<'_>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let version = sqlx::query_scalar!(
        "insert into note (id, clinician_id, patient_id, recorded_at, basis, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6)
         on conflict (id) do update set version = note.version + 1,
            patient_id = excluded.patient_id, recorded_at = excluded.recorded_at,
            basis = excluded.basis, outdated = false, redraft_of = null, updated_at = $6
         returning version",
        note.id.0,
        note.clinician.0,
        note.patient.map(|id| id.0),
        note.recorded_at,
        note.basis.0.as_slice(),
        now
    )
    .fetch_one(&mut *db)
    .await?;
    let recordings: Vec<_> = note.recordings.iter().map(|id| id.0).collect();
    sqlx::query!(
        "delete from note_recording where note_id = $1 or recording_id = any($2)",
        note.id.0,
        &recordings
    )
    .execute(&mut *db)
    .await?;
    add_recordings(&mut *db, note.id, note.recordings).await?;
    sqlx::query!(
        "insert into note_version (note_id, version, content, drafter, created_at)
         values ($1, $2, $3, $4, $5)",
        note.id.0,
        version,
        Json(note.content) as _,
        note.drafter,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Adds recordings to those that a note has, in this order, after them.
pub(crate) async fn add_recordings(
    db: impl PgExecutor<'_>,
    id: NoteId,
    recordings: &[RecordingId],
) -> sqlx::Result<()> {
    let recordings: Vec<_> = recordings.iter().map(|id| id.0).collect();
    sqlx::query!(
        "insert into note_recording (note_id, recording_id, position)
         select $1, a.recording, a.place + coalesce(
            (select max(position) + 1 from note_recording where note_id = $1), 0) - 1
         from unnest($2::uuid[]) with ordinality as a (recording, place)",
        id.0,
        &recordings
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Says of a draft that a person works on whether its recordings say something else by now.
pub(crate) async fn set_outdated(
    db: impl PgExecutor<'_>,
    id: NoteId,
    outdated: bool,
) -> sqlx::Result<()> {
    sqlx::query!("update note set outdated = $2 where id = $1", id.0, outdated).execute(db).await?;
    Ok(())
}

/// Notes down that a person wants this version drafted anew.
pub(crate) async fn ask_redraft(
    db: impl PgExecutor<'_>,
    id: NoteId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!("update note set redraft_of = version, updated_at = $2 where id = $1", id.0, now)
        .execute(db)
        .await?;
    Ok(())
}

/// Deletes notes that nobody signed, with all their versions.
pub(crate) async fn delete(db: &mut PgConnection, ids: &[NoteId]) -> sqlx::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    super::purge::permit(&mut *db).await?;
    sqlx::query!("delete from note_version where note_id = any($1)", &ids)
        .execute(&mut *db)
        .await?;
    sqlx::query!("delete from note_recording where note_id = any($1)", &ids)
        .execute(&mut *db)
        .await?;
    sqlx::query!("delete from note where id = any($1)", &ids).execute(db).await?;
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

/// A clinician's note in its current version. Not there when all of its recordings are discarded, nor while
/// a draft that nobody touched still holds the text of one that is.
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
             where nr.note_id = n.id) as "recordings!",
            n.outdated, n.redraft_of = n.version as redrafting,
            array(select distinct o.note_id from note_recording nr
             join recording l on nr.recording_id in (l.continues, l.replaces)
                and l.clinician_id = n.clinician_id and l.discarded_at is null
             join note_recording o on o.recording_id = l.id and o.note_id <> n.id
             where nr.note_id = n.id) as "later!"
         from note n
         join note_version v on v.note_id = n.id and v.version = n.version
         left join patient p on p.id = n.patient_id
         left join clinician s on s.id = n.signed_by
         cross join lateral (
            select bool_or(r.discarded_at is not null) as some,
                bool_and(r.discarded_at is not null) as all
            from note_recording nr join recording r on r.id = nr.recording_id
            where nr.note_id = n.id) as discarded
         where n.id = $1 and n.clinician_id = $2 and not discarded.all
           and not (discarded.some and n.state = 'draft' and v.author_id is null)"#,
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
    let basis = if row.redrafting == Some(true) {
        NoteBasis::Drafting
    } else if row.outdated {
        NoteBasis::Changed
    } else {
        NoteBasis::Current
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
        basis,
        later: row.later.into_iter().map(NoteId).collect(),
    }))
}

/// What the drafter wrote last; none when it was purged with a recording that it rested on.
pub(crate) async fn draft(
    db: impl PgExecutor<'_>,
    id: NoteId,
) -> sqlx::Result<Option<NoteContent>> {
    let content = sqlx::query_scalar!(
        r#"select content as "content: Json<NoteContent>" from note_version
         where note_id = $1 and drafter is not null order by version desc limit 1"#,
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(content.map(|content| content.0))
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

/// Notes of which some version rests on a segment that is not there.
pub(crate) async fn without_segment(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<NoteId>> {
    let ids = sqlx::query_scalar!(
        "select distinct v.note_id from note_version v,
            jsonb_path_query(v.content, '$.sections[*].sentences[*].evidence[*]') e
         where not exists (select from segment s
            where s.recording_id = (e ->> 'recording')::uuid and s.seq = (e ->> 'seq')::int)
         order by v.note_id"
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().map(NoteId).collect())
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
