//! What a note may rest on: a recording and those of the same clinician that are linked with it.

use chrono::{DateTime, Utc};
use medrecord_common::PatientText;
use medrecord_common::audio::samples_to_ms;
use medrecord_common::ids::{ClinicianId, NoteId, PatientId, RecordingId};
use medrecord_common::note::{Evidence, NoteState};
use medrecord_common::recording::{RecordingKind, Stretch};
use medrecord_common::segment::Digest;
use sqlx::PgConnection;

use super::{digest, from_word, number};
use crate::drafting::SpokenSegment;
use crate::drafting::reading::{Held, Piece, Source};

/// A recording with its note and its texts.
pub(crate) struct SourceRow {
    pub(crate) source: Source,
    pub(crate) clinician: ClinicianId,
    pub(crate) kind: RecordingKind,
    pub(crate) language: String,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) note: Option<NoteRow>,
    /// Those with words.
    pub(crate) texts: Vec<SpokenSegment>,
}

/// The note that a recording is in.
#[derive(Debug, Clone)]
pub(crate) struct NoteRow {
    pub(crate) id: NoteId,
    pub(crate) version: u32,
    pub(crate) state: NoteState,
    /// The current version is a person's.
    pub(crate) is_edited: bool,
    pub(crate) basis: Option<Digest>,
    pub(crate) is_outdated: bool,
    /// A person asked to draft anew, and has not edited since.
    pub(crate) is_redraft_asked: bool,
    /// The first of its recordings: the note belongs to those that make one note with it.
    pub(crate) home: RecordingId,
}

/// The linked recordings of the same clinician, whichever of them names the other, and those in the same
/// notes. Without texts. So many at most that nobody's links can keep the server busy.
pub(crate) async fn linked(
    db: &mut PgConnection,
    id: RecordingId,
) -> sqlx::Result<Vec<RecordingId>> {
    let ids = sqlx::query_scalar!(
        r#"with recursive linked (id) as (
            select $1::uuid
            union
            select n.id from linked l
            join recording x on x.id = l.id
            cross join lateral (
                select r.id from recording r
                where r.id in (x.continues, x.replaces) and r.clinician_id = x.clinician_id
                union all
                select r.id from recording r
                where r.continues = x.id and r.clinician_id = x.clinician_id
                union all
                select r.id from recording r
                where r.replaces = x.id and r.clinician_id = x.clinician_id
                union all
                select o.recording_id from note_recording m
                join note_recording o on o.note_id = m.note_id
                where m.recording_id = x.id) n)
         select id as "id!" from linked limit 300"#,
        id.0
    )
    .fetch_all(db)
    .await?;
    let mut ids: Vec<_> = ids.into_iter().map(RecordingId).collect();
    ids.sort_unstable();
    Ok(ids)
}

/// Locks recordings for one who decides about their note; always in the order of the ids.
pub(crate) async fn lock(db: &mut PgConnection, ids: &[RecordingId]) -> sqlx::Result<()> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    sqlx::query!("select id from recording where id = any($1) order by id for update", &ids)
        .fetch_all(db)
        .await?;
    Ok(())
}

/// These recordings, with their texts.
pub(crate) async fn load(
    db: &mut PgConnection,
    ids: &[RecordingId],
) -> sqlx::Result<Vec<SourceRow>> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select r.id, r.clinician_id, r.kind, r.language, r.patient_id, r.started_at,
            r.continues, r.replaces, r.replaces_start, r.replaces_samples,
            r.completed_at is not null as "is_complete!", r.discarded_at is not null as "is_discarded!",
            (select (c.change ->> 'samples')::bigint from change c
             where c.recording_id = r.id and c.change ->> 'change' = 'trim'
             order by c.number desc limit 1) as trimmed_to,
            n.id as "note_id?", n.version as "version?", n.state as "state?", n.basis,
            n.outdated as "outdated?", n.redraft_of,
            (select v.author_id is not null from note_version v
             where v.note_id = n.id and v.version = n.version) as is_edited,
            (select h.recording_id from note_recording h
             where h.note_id = n.id order by h.position limit 1) as home
         from recording r
         left join note_recording nr on nr.recording_id = r.id
         left join note n on n.id = nr.note_id
         where r.id = any($1) order by r.id"#,
        &ids
    )
    .fetch_all(&mut *db)
    .await?;
    let mut sources = Vec::new();
    for row in rows {
        let note = match (row.note_id, row.version, row.state, row.home) {
            (Some(id), Some(version), Some(state), Some(home)) => Some(NoteRow {
                id: NoteId(id),
                version: number(version)?,
                state: from_word(state)?,
                is_edited: row.is_edited.unwrap_or(false),
                basis: row.basis.map(digest).transpose()?,
                is_outdated: row.outdated.unwrap_or(false),
                is_redraft_asked: row.redraft_of == Some(version),
                home: home.into(),
            }),
            _ => None,
        };
        let replaces = match (row.replaces, row.replaces_start, row.replaces_samples) {
            (Some(recording), Some(start), Some(samples)) => Some(Stretch {
                recording: recording.into(),
                start: number(start)?,
                samples: number(samples)?,
            }),
            _ => None,
        };
        let source = Source {
            id: row.id.into(),
            continues: row.continues.map(RecordingId),
            replaces,
            patient: row.patient_id.map(PatientId),
            held: note.as_ref().and_then(NoteRow::held),
            is_ready: row.is_complete,
            is_discarded: row.is_discarded,
            trimmed_to: row.trimmed_to.map(number).transpose()?,
            segments: Vec::new(),
        };
        sources.push(SourceRow {
            source,
            clinician: row.clinician_id.into(),
            kind: from_word(row.kind)?,
            language: row.language,
            started_at: row.started_at,
            note,
            texts: Vec::new(),
        });
    }
    add_segments(db, &ids, &mut sources).await?;
    Ok(sources)
}

async fn add_segments(
    db: &mut PgConnection,
    ids: &[uuid::Uuid],
    sources: &mut [SourceRow],
) -> sqlx::Result<()> {
    let rows = sqlx::query!(
        r#"select s.recording_id, s.seq, s.start, s.samples, s.speech,
            (select t.text from segment_text t
             where t.recording_id = s.recording_id and t.seq = s.seq
             order by t.version desc limit 1) as text
         from segment s where s.recording_id = any($1) order by s.recording_id, s.seq"#,
        ids
    )
    .fetch_all(db)
    .await?;
    for row in rows {
        let recording = RecordingId(row.recording_id);
        let Some(source) = sources.iter_mut().find(|source| source.source.id == recording) else {
            continue;
        };
        let (seq, start, samples) = (number(row.seq)?, number(row.start)?, number(row.samples)?);
        source.source.is_ready &= row.speech == 0 || row.text.is_some();
        let text = PatientText::from(row.text.unwrap_or_default());
        let has_words = !text.is_empty();
        source.source.segments.push(Piece { seq, start, samples, has_words });
        if has_words {
            source.texts.push(SpokenSegment {
                evidence: Evidence { recording, seq },
                start_ms: samples_to_ms(start),
                duration_ms: number(samples_to_ms(samples))?,
                text,
            });
        }
    }
    Ok(())
}

impl NoteRow {
    /// Whether the drafter may write it anew.
    pub(crate) fn is_untouched(&self) -> bool {
        self.state == NoteState::Draft && (!self.is_edited || self.is_redraft_asked)
    }

    /// A person's work on it.
    pub(crate) fn held(&self) -> Option<Held> {
        match self.state {
            NoteState::Signed => Some(Held::Signed),
            NoteState::Draft => self.is_edited.then_some(Held::Edited(self.id)),
        }
    }
}
