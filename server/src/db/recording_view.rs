//! Recordings as people see them: with patient, gaps, counts and the note.

use chrono::{DateTime, Utc};
use medrecord_common::audio::samples_to_ms;
use medrecord_common::ids::{ClinicianId, EncounterId, NoteId, RecordingId};
use medrecord_common::note::{NoteState, WorklistItem};
use medrecord_common::recording::{Consent, Gap, Recording, Stretch};
use sqlx::PgExecutor;
use sqlx::types::Json;
use uuid::Uuid;

use super::patient::patient_of;
use super::{from_word, number};

/// A recording and its place in the list.
pub(crate) struct RecordingView {
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) recording: Recording,
    pub(crate) note_state: Option<NoteState>,
    pub(crate) template: Option<String>,
}

/// Where a page begins: after this (creation, id).
pub(crate) type Place = (DateTime<Utc>, Uuid);

/// Ids of a clinician's recordings, newest first; discarded ones are not in the list.
pub(crate) async fn page(
    db: impl PgExecutor<'_>,
    clinician: ClinicianId,
    after: Option<Place>,
    limit: i64,
) -> sqlx::Result<Vec<Uuid>> {
    let (at, id) = after.unzip();
    sqlx::query_scalar!(
        "select id from recording
         where clinician_id = $1 and discarded_at is null
           and ($2::timestamptz is null or (created_at, id) < ($2, $3))
         order by created_at desc, id desc limit $4",
        clinician.0,
        at,
        id,
        limit
    )
    .fetch_all(db)
    .await
}

/// Those of the ids that are this clinician's, newest first.
pub(crate) async fn load(
    db: impl PgExecutor<'_>,
    clinician: ClinicianId,
    ids: &[Uuid],
) -> sqlx::Result<Vec<RecordingView>> {
    let rows = sqlx::query_as!(
        ViewRow,
        r#"select r.id, r.created_at, r.kind, r.language, r.encounter_id, r.started_at,
            r.continues, r.replaces, r.replaces_start, r.replaces_samples, r.stage, r.reason,
            p.id as "patient_id?", p.name as "patient_name?", p.mrn, p.birth_date, p.sex,
            n.id as "note_id?", n.state as "note_state?",
            (select v.content ->> 'template' from note_version v
             where v.note_id = n.id and v.version = n.version) as template,
            s.segments as "segments!", s.transcribed as "transcribed!", s.samples as "samples!",
            (select coalesce(jsonb_agg(c.change - 'change' order by c.number), '[]') from change c
             where c.recording_id = r.id and c.change ->> 'change' = 'gap')
                as "gaps!: Json<Vec<Gap>>",
            (select c.change || jsonb_build_object('at', c.at) from change c
             where c.recording_id = r.id and c.change ->> 'change' = 'consent'
             order by c.number desc limit 1) as "consent: Json<Consent>",
            (select (c.change ->> 'samples')::bigint from change c
             where c.recording_id = r.id and c.change ->> 'change' = 'trim'
             order by c.number desc limit 1) as trimmed_to
         from recording r
         left join patient p on p.id = r.patient_id
         left join note_recording nr on nr.recording_id = r.id
         left join note n on n.id = nr.note_id
         cross join lateral (
            select count(*) as segments,
                count(*) filter (where speech = 0 or exists (
                    select from segment_text t
                    where t.recording_id = s.recording_id and t.seq = s.seq)) as transcribed,
                coalesce(max(s.start + s.samples), 0) as samples
            from segment s where s.recording_id = r.id) s
         where r.id = any($1) and r.clinician_id = $2
         order by r.created_at desc, r.id desc"#,
        ids,
        clinician.0
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(ViewRow::into_view).collect()
}

struct ViewRow {
    id: Uuid,
    created_at: DateTime<Utc>,
    kind: String,
    language: String,
    encounter_id: Option<Uuid>,
    started_at: DateTime<Utc>,
    continues: Option<Uuid>,
    replaces: Option<Uuid>,
    replaces_start: Option<i64>,
    replaces_samples: Option<i64>,
    stage: String,
    reason: Option<String>,
    patient_id: Option<Uuid>,
    patient_name: Option<String>,
    mrn: Option<String>,
    birth_date: Option<chrono::NaiveDate>,
    sex: Option<String>,
    note_id: Option<Uuid>,
    note_state: Option<String>,
    template: Option<String>,
    segments: i64,
    transcribed: i64,
    samples: i64,
    gaps: Json<Vec<Gap>>,
    consent: Option<Json<Consent>>,
    trimmed_to: Option<i64>,
}

impl ViewRow {
    fn into_view(self) -> sqlx::Result<RecordingView> {
        let gaps = self.gaps.0;
        let end_of_gaps = gaps.iter().map(|gap| gap.start + gap.samples).max().unwrap_or(0);
        let samples = number::<u64, _>(self.samples)?.max(end_of_gaps);
        let replaces = match (self.replaces, self.replaces_start, self.replaces_samples) {
            (Some(recording), Some(start), Some(samples)) => Some(Stretch {
                recording: recording.into(),
                start: number(start)?,
                samples: number(samples)?,
            }),
            _ => None,
        };
        let recording = Recording {
            id: self.id.into(),
            kind: from_word(self.kind)?,
            language: self.language,
            patient: patient_of(
                self.patient_id,
                self.patient_name,
                self.mrn,
                self.birth_date,
                self.sex,
            )?,
            encounter: self.encounter_id.map(EncounterId),
            started_at: self.started_at,
            continues: self.continues.map(RecordingId),
            replaces,
            stage: from_word(self.stage)?,
            reason: self.reason,
            duration_ms: samples_to_ms(samples),
            segments: number(self.segments)?,
            transcribed: number(self.transcribed)?,
            gaps,
            consent: self.consent.map(|consent| consent.0),
            trimmed_ms: self.trimmed_to.map(number).transpose()?.map(samples_to_ms),
            note: self.note_id.map(NoteId),
        };
        let note_state = self.note_state.map(from_word).transpose()?;
        Ok(RecordingView {
            created_at: self.created_at,
            recording,
            note_state,
            template: self.template,
        })
    }
}

impl RecordingView {
    pub(crate) fn place(&self) -> Place {
        (self.created_at, self.recording.id.0)
    }

    /// The row of the worklist.
    pub(crate) fn into_worklist_item(self) -> WorklistItem {
        let recording = self.recording;
        WorklistItem {
            recording: recording.id,
            note: recording.note,
            note_state: self.note_state,
            template: self.template,
            patient: recording.patient,
            recorded_at: recording.started_at,
            duration_ms: recording.duration_ms,
            stage: recording.stage,
            reason: recording.reason,
            segments: recording.segments,
            transcribed: recording.transcribed,
        }
    }
}
