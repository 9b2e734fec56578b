//! Examples of the rules, and what holds for any links whatever.

use medrecord_common::ids::{NoteId, PatientId, RecordingId};
use medrecord_common::recording::Stretch;
use proptest::prelude::*;

use super::{Held, Piece, Source, group, reading};

/// A segment of ten seconds.
const TEN: u64 = 160_000;

fn id(n: u128) -> RecordingId {
    RecordingId(uuid::Uuid::from_u128(n))
}

fn source(n: u128, segments: u32) -> Source {
    let piece =
        |seq: u32| Piece { seq, start: u64::from(seq) * TEN, samples: TEN, has_words: true };
    Source {
        id: id(n),
        continues: None,
        replaces: None,
        patient: None,
        held: None,
        is_ready: true,
        is_discarded: false,
        trimmed_to: None,
        segments: (0..segments).map(piece).collect(),
    }
}

fn continuing(n: u128, segments: u32, other: u128) -> Source {
    Source { continues: Some(id(other)), ..source(n, segments) }
}

fn replacing(n: u128, segments: u32, other: u128, start: u64, samples: u64) -> Source {
    let replaces = Some(Stretch { recording: id(other), start, samples });
    Source { replaces, ..source(n, segments) }
}

/// The note's text as `(recording, seq)`.
fn read(sources: &[Source]) -> Vec<(u128, u32)> {
    let members = group(sources, sources[0].id);
    let reading = reading(sources, &members);
    reading.segments.iter().map(|one| (one.recording.0.as_u128(), one.seq)).collect()
}

#[test]
fn what_goes_on_with_a_recording_follows_it_in_whatever_order_it_came() {
    let sources = [continuing(1, 1, 9), source(9, 2), continuing(5, 1, 1), continuing(3, 1, 9)];
    assert_eq!(read(&sources), [(9, 0), (9, 1), (1, 0), (5, 0), (3, 0)]);
}

#[test]
fn what_was_said_again_stands_where_it_was_said_first() {
    let sources = [source(1, 4), replacing(2, 2, 1, TEN, 2 * TEN)];
    assert_eq!(read(&sources), [(1, 0), (2, 0), (2, 1), (1, 3)]);
}

#[test]
fn a_segment_goes_when_more_than_half_of_it_was_said_again() {
    for (start, kept) in [(TEN + TEN / 2 - 1, vec![0]), (TEN + TEN / 2, vec![0, 1])] {
        let sources = [source(1, 3), replacing(2, 1, 1, start, 3 * TEN - start)];
        let mut expected: Vec<_> = kept.into_iter().map(|seq| (1, seq)).collect();
        expected.push((2, 0));
        assert_eq!(read(&sources), expected, "from {start}");
    }
}

#[test]
fn a_trimmed_end_leaves_whole_what_began_before_it() {
    let sources = [Source { trimmed_to: Some(TEN + 1), ..source(1, 3) }];
    assert_eq!(read(&sources), [(1, 0), (1, 1)], "the last word may be in segment 1");
    let sources = [Source { trimmed_to: Some(TEN), ..source(1, 3) }];
    assert_eq!(read(&sources), [(1, 0)]);
}

#[test]
fn silence_replaces_nothing() {
    let mut silent = replacing(2, 1, 1, 0, TEN);
    silent.segments[0].has_words = false;
    assert_eq!(read(&[source(1, 1), silent]), [(1, 0)]);
    let unready = Source { is_ready: false, ..replacing(2, 1, 1, 0, TEN) };
    assert_eq!(read(&[source(1, 1), unready]), [(1, 0)]);
    let discarded = Source { is_discarded: true, ..replacing(2, 1, 1, 0, TEN) };
    assert_eq!(read(&[source(1, 1), discarded]), [(1, 0)]);
}

#[test]
fn a_discarded_recording_still_holds_its_followers_together() {
    let gone = Source { is_discarded: true, ..source(1, 2) };
    let sources = [gone, continuing(2, 1, 1), continuing(3, 1, 1)];
    assert_eq!(read(&sources), [(2, 0), (3, 0)]);
}

#[test]
fn said_again_twice_the_last_word_stands() {
    let sources = [source(1, 2), replacing(2, 2, 1, TEN, TEN), replacing(3, 1, 2, 0, 2 * TEN)];
    assert_eq!(read(&sources), [(1, 0), (3, 0)]);
}

#[test]
fn what_goes_on_with_a_part_said_again_comes_at_the_end() {
    let sources = [source(1, 3), replacing(2, 1, 1, 0, TEN), continuing(3, 1, 2)];
    assert_eq!(read(&sources), [(2, 0), (1, 1), (1, 2), (3, 0)]);
}

#[test]
fn patients_signatures_and_two_peoples_work_keep_recordings_apart() {
    let (one, other) = (PatientId::new(), PatientId::new());
    let of = |patient, source: Source| Source { patient, ..source };
    let apart = [of(Some(one), source(1, 1)), of(Some(other), continuing(2, 1, 1))];
    assert_eq!(read(&apart), [(1, 0)]);
    let together = [of(Some(one), source(1, 1)), of(None, continuing(2, 1, 1))];
    assert_eq!(read(&together).len(), 2);

    let signed = [Source { held: Some(Held::Signed), ..source(1, 1) }, continuing(2, 1, 1)];
    assert_eq!(read(&signed), [(1, 0)]);
    assert_eq!(group(&signed, id(2)), [id(2)], "a note of its own");

    let edited = |source: Source| Source { held: Some(Held::Edited(NoteId::new())), ..source };
    let two = [edited(source(1, 1)), continuing(2, 1, 1), edited(continuing(3, 1, 2))];
    assert_eq!(group(&two, id(2)), [id(1), id(2)]);
    assert_eq!(group(&two, id(3)), [id(3)]);
}

/// Any recordings with any links: to each other, to themselves, to nothing, in circles.
fn sources() -> impl Strategy<Value = Vec<Source>> {
    let one = (
        proptest::option::of(0..9_u128),
        proptest::option::of((0..9_u128, 0..5 * TEN, 0..5 * TEN)),
        proptest::option::of(0..2_u128),
        (any::<bool>(), prop::bool::weighted(0.2)),
        proptest::option::of(0..5 * TEN),
        proptest::collection::vec(any::<bool>(), 0..5),
        0..8_u8,
    );
    proptest::collection::vec(one, 1..8).prop_map(|all| {
        let build = |(n, one): (usize, _)| {
            let (continues, replaces, patient, (ready, gone), trimmed_to, words, held) = one;
            let words: Vec<bool> = words;
            let mut source = source(n as u128, words.len() as u32);
            for (piece, has_words) in source.segments.iter_mut().zip(words) {
                piece.has_words = has_words;
            }
            source.continues = Option::map(continues, id);
            source.replaces = Option::map(replaces, |(other, start, samples)| Stretch {
                recording: id(other),
                start,
                samples,
            });
            source.patient = Option::map(patient, |n| PatientId(uuid::Uuid::from_u128(n)));
            source.held = match held {
                0 => Some(Held::Signed),
                n @ 1..3 => Some(Held::Edited(NoteId(uuid::Uuid::from_u128(n.into())))),
                _ => None,
            };
            (source.is_ready, source.is_discarded, source.trimmed_to) = (ready, gone, trimmed_to);
            source
        };
        all.into_iter().enumerate().map(build).collect()
    })
}

proptest! {
    #[test]
    fn every_member_comes_to_the_same_group_whatever_came_first(
        sources in sources(), turn in 0..8_usize,
    ) {
        let mut turned = sources.clone();
        turned.rotate_left(turn % sources.len());
        for source in &sources {
            let members = group(&sources, source.id);
            prop_assert!(members.contains(&source.id));
            for member in &members {
                prop_assert_eq!(&group(&turned, *member), &members);
            }
            prop_assert_eq!(reading(&turned, &members), reading(&sources, &members));
        }
    }

    #[test]
    fn every_word_is_read_once_or_was_trimmed_discarded_or_said_again(sources in sources()) {
        let members = group(&sources, sources[0].id);
        let read = reading(&sources, &members);
        for source in &sources {
            let takes_part =
                source.is_ready && !source.is_discarded && members.contains(&source.id);
            prop_assert_eq!(read.recordings.contains(&source.id), takes_part);
            for piece in &source.segments {
                let times = read.segments.iter().filter(|one| {
                    one.recording == source.id && one.seq == piece.seq
                });
                let is_said_again = sources.iter().any(|other| {
                    other.replaces.is_some_and(|stretch| {
                        stretch.recording == source.id && super::lies_in(piece, &stretch)
                    })
                });
                let is_trimmed = source.trimmed_to.is_some_and(|end| piece.start >= end);
                let may_be_read = takes_part && piece.has_words && !is_trimmed;
                let times = times.count();
                prop_assert!(times == usize::from(may_be_read) || (times == 0 && is_said_again));
            }
        }
    }
}
