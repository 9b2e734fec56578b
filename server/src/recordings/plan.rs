//! What the note of a recording is to say by now, and what may be done about it.

use std::collections::BTreeSet;

use medrecord_common::ids::{ClinicianId, NoteId, PatientId, RecordingId};
use medrecord_common::note::{Evidence, NoteState};
use medrecord_common::segment::Digest;
use sqlx::PgConnection;

use crate::db;
use crate::db::source::{NoteRow, SourceRow};
use crate::drafting::reading::{self, Reading};
use crate::drafting::{DraftRequest, SpokenSegment};

/// The recordings that make one note, the note that is there, and what it should rest on.
pub(crate) struct Plan {
    /// All that is linked or in the same notes: what has to be locked, and looked at again afterwards.
    pub(crate) linked: Vec<RecordingId>,
    pub(crate) clinician: ClinicianId,
    pub(crate) reading: Reading,
    pub(crate) request: DraftRequest,
    pub(crate) basis: Digest,
    /// The note that the text belongs in.
    pub(crate) note: Option<NoteRow>,
    /// Drafts of some of the recordings alone; nobody touched them, and they give way to the one note.
    pub(crate) obsolete: Vec<NoteId>,
    /// The note names other recordings than take part.
    moves: bool,
    /// Those that take part and are in no note yet.
    pub(crate) joins: Vec<RecordingId>,
    rows: Vec<SourceRow>,
}

/// What is to be done about a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// It says what it should, or a person's work is not to be touched and knows so.
    Nothing,
    /// The drafter is to write it (anew).
    Draft,
    /// A person's work stays; they are told.
    Tell,
}

/// None when the recording is not there. The caller has locked what it decides about, or decides nothing.
pub(crate) async fn plan(db: &mut PgConnection, id: RecordingId) -> sqlx::Result<Option<Plan>> {
    let linked = db::source::linked(&mut *db, id).await?;
    let rows = db::source::load(db, &linked).await?;
    let Some(own) = rows.iter().find(|row| row.source.id == id) else { return Ok(None) };
    let clinician = own.clinician;
    let sources: Vec<_> = rows.iter().map(|row| row.source.clone()).collect();
    let members = reading::group(&sources, id);
    let reading = reading::reading(&sources, &members);
    let request = request(&rows, &reading, id);
    let basis = basis(&request.segments);
    let notes = notes(&rows, &members);
    let note = notes.iter().find(|note| note.held().is_some()).or_else(|| notes.first()).cloned();
    let kept = note.as_ref().map(|note| note.id);
    let obsolete = notes.iter().map(|note| note.id).filter(|id| Some(*id) != kept).collect();
    let named = rows.iter().filter(|row| row.note.as_ref().map(|note| note.id) == kept);
    let named: BTreeSet<_> = named.map(|row| row.source.id).collect();
    let taking_part: BTreeSet<_> = reading.recordings.iter().copied().collect();
    let moves = named != taking_part;
    let joins = rows
        .iter()
        .filter(|row| row.note.is_none() && taking_part.contains(&row.source.id))
        .map(|row| row.source.id)
        .collect();
    Ok(Some(Plan {
        linked,
        clinician,
        reading,
        request,
        basis,
        note,
        obsolete,
        moves,
        joins,
        rows,
    }))
}

impl Plan {
    pub(crate) fn step(&self) -> Step {
        let Some(note) = &self.note else {
            return if self.request.segments.is_empty() { Step::Nothing } else { Step::Draft };
        };
        let is_news = match note.basis {
            Some(basis) => basis != self.basis,
            // From before there was a basis: an untouched one is simply written anew.
            None => note.is_untouched() || !self.joins.is_empty(),
        };
        if note.is_untouched() {
            let is_due = is_news || self.moves || note.is_redraft_asked;
            return if is_due { Step::Draft } else { Step::Nothing };
        }
        let is_told = note.is_outdated == is_news && self.joins.is_empty();
        if note.state == NoteState::Signed || is_told { Step::Nothing } else { Step::Tell }
    }

    /// Whether the texts are others than those that the note was drafted from.
    pub(crate) fn is_outdated(&self) -> bool {
        self.note.as_ref().is_some_and(|note| note.basis != Some(self.basis))
    }

    /// Whether the same would be drafted, into the same note.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let note = |plan: &Self| plan.note.as_ref().map(|note| (note.id, note.version));
        self.basis == other.basis
            && self.reading == other.reading
            && note(self) == note(other)
            && self.step() == other.step()
    }

    /// The first of the recordings that take part; the note is of its day.
    pub(crate) fn first(&self) -> Option<&SourceRow> {
        let first = self.reading.recordings.first()?;
        self.rows.iter().find(|row| row.source.id == *first)
    }

    /// The patient of the first recording that names one.
    pub(crate) fn patient(&self) -> Option<PatientId> {
        let patient = |id: &RecordingId| {
            self.rows.iter().find(|row| row.source.id == *id).and_then(|row| row.source.patient)
        };
        self.reading.recordings.iter().find_map(patient)
    }
}

fn request(rows: &[SourceRow], reading: &Reading, id: RecordingId) -> DraftRequest {
    let first = reading.recordings.first().copied().unwrap_or(id);
    let row = rows.iter().find(|row| row.source.id == first);
    let row = row.expect("invariant: a reading is of the rows");
    let texts: Vec<_> = rows.iter().flat_map(|row| &row.texts).collect();
    let segments = reading
        .segments
        .iter()
        .filter_map(|evidence| texts.iter().find(|text| text.evidence == *evidence))
        .map(|text| (*text).clone())
        .collect();
    DraftRequest { kind: row.kind, language: row.language.clone(), segments }
}

fn basis(segments: &[SpokenSegment]) -> Digest {
    let line = |segment: &SpokenSegment| {
        let Evidence { recording, seq } = segment.evidence;
        format!("{recording} {seq} {}\n", segment.text.as_str())
    };
    Digest::of(segments.iter().map(line).collect::<String>().as_bytes())
}

/// The notes that the members' text may belong in, each once: those of which the first recording is a
/// member, and a person's work that has to stay together though its recordings have nothing in common any more.
fn notes(rows: &[SourceRow], members: &[RecordingId]) -> Vec<NoteRow> {
    let mut notes: Vec<NoteRow> = Vec::new();
    for row in rows.iter().filter(|row| members.contains(&row.source.id)) {
        if let Some(note) = &row.note
            && (members.contains(&note.home) || !note.is_untouched())
            && !notes.iter().any(|known| known.id == note.id)
        {
            notes.push(note.clone());
        }
    }
    notes
}
