//! The note: sections of sentences, each with the segments it rests on.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::PatientText;
use crate::ids::{ClinicianId, NoteId, RecordingId};
use crate::patient::Patient;
use crate::segment::Digest;

/// `GET /api/v1/notes/{id}`; its `ETag` is the version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Note {
    pub id: NoteId,
    /// Counts from 1; every saved edit is a version.
    pub version: u32,
    pub state: NoteState,
    pub patient: Option<Patient>,
    /// What the note was drafted from, in order.
    pub recordings: Vec<RecordingId>,
    pub content: NoteContent,
    pub recorded_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub signature: Option<Signature>,
    pub basis: NoteBasis,
    /// Notes of recordings that say a part of this one again, or go on with it, and came after a person's
    /// work on this one was signed.
    pub later: Vec<NoteId>,
}

/// Whether the note rests on what its recordings say by now: an end may have been cut off, a part said
/// again, a recording added or discarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoteBasis {
    Current,
    /// The recordings say something else since, and a person has edited the note: it waits for their word.
    Changed,
    /// A person asked for a new draft, and it is being written.
    Drafting,
}

/// What is edited, hashed and signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoteContent {
    /// Name of the template, e.g. `progress_note`.
    pub template: String,
    pub sections: Vec<Section>,
}

/// A heading and what was said under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Section {
    pub title: String,
    pub sentences: Vec<Sentence>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sentence {
    pub text: PatientText,
    pub kind: SentenceKind,
    pub evidence: Vec<Evidence>,
}

/// Where a sentence comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SentenceKind {
    /// Said in the cited segments.
    Dictated,
    /// Concluded from the cited segments by the drafter.
    Inferred,
    /// Text of the template.
    Template,
    /// Typed or changed by a person in review; its evidence is what it rested on before.
    Written,
}

/// A segment that a sentence rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Evidence {
    pub recording: RecordingId,
    pub seq: u32,
}

/// A note's life. Only forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoteState {
    Draft,
    Signed,
}

/// Who took responsibility for which bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Signature {
    pub clinician: ClinicianId,
    pub name: String,
    pub at: DateTime<Utc>,
    /// [`NoteContent::digest`], hexadecimal.
    pub sha256: String,
}

/// `PUT /api/v1/notes/{id}`, with `If-Match`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EditNote {
    pub sections: Vec<Section>,
}

/// `POST /api/v1/notes/{id}/sign`, with `If-Match`. The password again: signing needs the person.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignNote {
    pub password: String,
}

/// A row of `GET /api/v1/worklist`: a recording on its way to a signed note, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorklistItem {
    pub recording: RecordingId,
    pub note: Option<NoteId>,
    pub note_state: Option<NoteState>,
    pub template: Option<String>,
    pub patient: Option<Patient>,
    pub recorded_at: DateTime<Utc>,
    pub duration_ms: u64,
    pub stage: crate::recording::Stage,
    pub reason: Option<String>,
    pub segments: u32,
    pub transcribed: u32,
}

impl NoteContent {
    /// SHA-256 over the content as compact JSON, fields in the order of the types: what a signature signs.
    ///
    /// # Panics
    /// Never: the content is strings, lists and numbers.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let bytes = serde_json::to_vec(self).expect("strings and lists serialize");
        Digest::of(&bytes)
    }

    /// Says of every sentence where it comes from, told by the draft that was edited: what stands in
    /// the draft with the same evidence keeps the draft's word, all else was written by a person.
    /// What a client says of it does not count: a changed dose must not pass for a dictated one.
    #[must_use]
    pub fn with_kinds_of(mut self, draft: Option<&Self>) -> Self {
        let drafted: Vec<_> = draft
            .into_iter()
            .flat_map(|draft| &draft.sections)
            .flat_map(|section| &section.sentences)
            .collect();
        for sentence in self.sections.iter_mut().flat_map(|section| &mut section.sentences) {
            let same = drafted.iter().find(|drafted| {
                drafted.text == sentence.text && drafted.evidence == sentence.evidence
            });
            sentence.kind = same.map_or(SentenceKind::Written, |drafted| drafted.kind);
        }
        self
    }

    /// All evidence of all sentences.
    pub fn evidence(&self) -> impl Iterator<Item = Evidence> + '_ {
        let sentences = self.sections.iter().flat_map(|section| &section.sentences);
        sentences.flat_map(|sentence| sentence.evidence.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::{Evidence, NoteContent, Section, Sentence, SentenceKind};
    use crate::ids::RecordingId;

    fn content(sentences: Vec<Sentence>) -> NoteContent {
        let section = Section { title: "Plan".to_owned(), sentences };
        NoteContent { template: "progress_note".to_owned(), sections: vec![section] }
    }

    #[test]
    fn only_what_the_draft_says_with_its_evidence_counts_as_the_drafts() {
        let recording = RecordingId::new();
        let sentence = |text: &str, kind, seq| Sentence {
            text: text.into(),
            kind,
            evidence: vec![Evidence { recording, seq }],
        };
        let (dictated, inferred) = (SentenceKind::Dictated, SentenceKind::Inferred);
        let draft = content(vec![
            sentence("Lisinopril 20 mg once a day.", dictated, 0),
            sentence("Hypertension.", inferred, 1),
        ]);
        let edited = content(vec![
            sentence("Lisinopril 40 mg once a day.", dictated, 0),
            sentence("Lisinopril 20 mg once a day.", dictated, 1),
            sentence("Hypertension.", dictated, 1),
            sentence("Lisinopril 20 mg once a day.", SentenceKind::Written, 0),
        ]);
        let kinds: Vec<_> = edited.with_kinds_of(Some(&draft)).sections[0]
            .sentences
            .iter()
            .map(|sentence| sentence.kind)
            .collect();
        assert_eq!(kinds, [SentenceKind::Written, SentenceKind::Written, inferred, dictated]);
    }
}
