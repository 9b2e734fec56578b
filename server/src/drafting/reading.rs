//! Which recordings and which segments a note rests on, and the order in which they are to be read.
//!
//! Pure: from what is known of the recordings to the text of the note. The rules:
//!
//! - Recordings that continue or replace one another make one note, unless their patients differ or a
//!   person's work (a signed note, or edits in two notes) keeps them apart.
//! - A recording takes part once it is whole and transcribed, and while it is not discarded.
//! - Trimmed: a segment that begins at the cut or later is left out. What was said before it stays whole.
//! - Said again: a segment that lies in the stretch by more than half is left out, and the text of the new
//!   recording stands there. A new recording without words replaces nothing.
//! - What goes on with a recording follows after it; so does what goes on with a part said again in it.
//! - Of several that name the same recording, the lower id comes first. (Ids begin with a time of the
//!   workstation, but that is only a habit: the links decide, and all servers decide alike.)

use std::collections::{BTreeMap, BTreeSet};

use medrecord_common::ids::{NoteId, PatientId, RecordingId};
use medrecord_common::note::Evidence;
use medrecord_common::recording::Stretch;

/// What is known of a recording.
#[derive(Debug, Clone)]
pub struct Source {
    pub id: RecordingId,
    pub continues: Option<RecordingId>,
    pub replaces: Option<Stretch>,
    pub patient: Option<PatientId>,
    /// The note that a person has worked on and that this recording is in.
    pub held: Option<Held>,
    /// Whole, and every segment with speech has its text.
    pub is_ready: bool,
    pub is_discarded: bool,
    /// First sample that is left out.
    pub trimmed_to: Option<u64>,
    /// In order.
    pub segments: Vec<Piece>,
}

/// A person's work that a recording is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// Nothing joins it or leaves it.
    Signed,
    /// Joins recordings, but not those of another edited note.
    Edited(NoteId),
}

/// A segment, in samples of its recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    pub seq: u32,
    pub start: u64,
    pub samples: u64,
    pub has_words: bool,
}

/// What a note rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// Those that take part, in the order in which they begin; also those of which nothing is left.
    pub recordings: Vec<RecordingId>,
    /// The segments with words, as they are to be read.
    pub segments: Vec<Evidence>,
}

/// The recordings that make one note together with `of`, itself among them; sorted.
#[must_use]
pub fn group(sources: &[Source], of: RecordingId) -> Vec<RecordingId> {
    let sources: BTreeMap<_, _> = sources.iter().map(|source| (source.id, source)).collect();
    let mut groups: BTreeMap<RecordingId, Group> =
        sources.values().map(|source| (source.id, Group::of(source))).collect();
    // In the order of the ids, so that every member comes to the same groups.
    for source in sources.values() {
        for other in links(source).filter(|other| sources.contains_key(other)) {
            join(&mut groups, source.id, other);
        }
    }
    groups
        .into_values()
        .find(|group| group.members.contains(&of))
        .map_or_else(Vec::new, |group| group.members.into_iter().collect())
}

/// What the note of these recordings says, in order. Those outside of `members` are as good as unknown.
#[must_use]
pub fn reading(sources: &[Source], members: &[RecordingId]) -> Reading {
    let members: BTreeMap<_, _> = sources
        .iter()
        .filter(|source| members.contains(&source.id))
        .map(|source| (source.id, source))
        .collect();
    let mut reader = Reader { members, read: BTreeSet::new(), reading: Reading::default() };
    let ids: Vec<_> = reader.members.keys().copied().collect();
    let roots = ids.iter().filter(|id| reader.parent(**id).is_none());
    // Links in a circle have no beginning; then the lowest id is it.
    for id in roots.copied().chain(ids.iter().copied()).collect::<Vec<_>>() {
        reader.read(id);
    }
    reader.reading
}

/// Recordings of one note, and what keeps others out of it.
struct Group {
    members: BTreeSet<RecordingId>,
    patient: Option<PatientId>,
    held: Option<Held>,
}

impl Group {
    fn of(source: &Source) -> Self {
        Self { members: [source.id].into(), patient: source.patient, held: source.held }
    }

    fn may_join(&self, other: &Self) -> bool {
        let same_patient =
            self.patient == other.patient || self.patient.is_none() || other.patient.is_none();
        let signed = [self.held, other.held].contains(&Some(Held::Signed));
        let one_work = self.held == other.held || self.held.is_none() || other.held.is_none();
        same_patient && one_work && !signed
    }
}

fn links(source: &Source) -> impl Iterator<Item = RecordingId> + use<> {
    source.continues.into_iter().chain(source.replaces.map(|stretch| stretch.recording))
}

/// Groups are kept under the lowest id of their members.
fn join(groups: &mut BTreeMap<RecordingId, Group>, one: RecordingId, other: RecordingId) {
    let key_of =
        |id| groups.iter().find(|(_, group)| group.members.contains(&id)).map(|(key, _)| *key);
    let (Some(one), Some(other)) = (key_of(one), key_of(other)) else { return };
    let (low, high) = (one.min(other), one.max(other));
    if low == high || !groups[&low].may_join(&groups[&high]) {
        return;
    }
    if let Some(joined) = groups.remove(&high)
        && let Some(group) = groups.get_mut(&low)
    {
        group.members.extend(joined.members);
        group.patient = group.patient.or(joined.patient);
        group.held = group.held.or(joined.held);
    }
}

struct Reader<'a> {
    members: BTreeMap<RecordingId, &'a Source>,
    /// Each is read once, whatever the links say.
    read: BTreeSet<RecordingId>,
    reading: Reading,
}

impl Reader<'_> {
    /// The one after which, or in which, a recording is read.
    fn parent(&self, id: RecordingId) -> Option<RecordingId> {
        links(self.members[&id]).find(|parent| *parent != id && self.members.contains_key(parent))
    }

    fn read(&mut self, id: RecordingId) {
        let mut family = Vec::new();
        let segments = self.text(id, &mut family);
        self.reading.segments.extend(segments);
        // What goes on with any of those that were read here.
        for member in family {
            for next in self.children(|source| source.continues == Some(member)) {
                self.read(next);
            }
        }
    }

    fn children(&self, is_child: impl Fn(&Source) -> bool) -> Vec<RecordingId> {
        let children = self.members.values().filter(|source| is_child(source));
        children.map(|source| source.id).collect()
    }

    /// A recording's own text, with what was said again in its place.
    fn text(&mut self, id: RecordingId, family: &mut Vec<RecordingId>) -> Vec<Evidence> {
        if !self.read.insert(id) {
            return Vec::new();
        }
        family.push(id);
        let source = self.members[&id];
        let takes_part = source.is_ready && !source.is_discarded;
        if takes_part {
            self.reading.recordings.push(id);
        }
        let again: Vec<_> = self
            .children(|source| source.replaces.is_some_and(|stretch| stretch.recording == id))
            .into_iter()
            .filter_map(|child| Some((self.members[&child].replaces?, self.text(child, family))))
            .filter(|(_, text)| !text.is_empty())
            .collect();
        let pieces = source.segments.iter().filter(|piece| {
            takes_part
                && piece.has_words
                && source.trimmed_to.is_none_or(|end| piece.start < end)
                && !again.iter().any(|(stretch, _)| lies_in(piece, stretch))
        });
        let own = pieces.map(|piece| {
            // Twice the middle, to stay whole.
            (2 * piece.start + piece.samples, vec![Evidence { recording: id, seq: piece.seq }])
        });
        let mut placed: Vec<_> = own.collect();
        placed.extend(again.into_iter().map(|(stretch, text)| (2 * stretch.start, text)));
        placed.sort_by_key(|(place, _)| *place);
        placed.into_iter().flat_map(|(_, text)| text).collect()
    }
}

/// By more than half.
fn lies_in(piece: &Piece, stretch: &Stretch) -> bool {
    let end = (piece.start + piece.samples).min(stretch.start.saturating_add(stretch.samples));
    2 * end.saturating_sub(piece.start.max(stretch.start)) > piece.samples
}

#[cfg(test)]
mod tests;
