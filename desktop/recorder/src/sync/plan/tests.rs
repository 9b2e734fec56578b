use std::cmp::Reverse;

use chrono::{DateTime, TimeDelta};
use medrecord_common::ids::RecordingId;
use medrecord_common::recording::Stage;
use medrecord_common::segment::SegmentRanges;
use proptest::prelude::*;

use super::{Local, Operation, Remote, operations, plan};

fn local(segments: u32, changes: u32, finished: bool) -> Local {
    Local {
        id: RecordingId::new(),
        started_at: DateTime::UNIX_EPOCH,
        segments,
        changes,
        changes_sent: 0,
        finished,
        acknowledged: false,
        confirmed: true,
        released: false,
        stage: None,
        note: false,
        note_text: false,
        discarded: false,
    }
}

/// A server that does what it is told and notices what it is told twice.
#[derive(Debug, Clone)]
struct Server {
    created: bool,
    segments: Vec<u32>,
    changes: u32,
    complete: bool,
}

impl Server {
    fn remote(&self) -> Remote {
        let mut numbers = self.segments.clone();
        numbers.sort_unstable();
        let ranges = SegmentRanges::ranges_of(numbers);
        let answer = SegmentRanges { ranges, changes: self.changes, complete: self.complete };
        Remote::of(self.created.then_some(&answer))
    }

    fn carry_out(&mut self, local: &Local, operation: Operation) {
        match operation {
            Operation::Create => {
                assert!(!self.created, "created twice");
                self.created = true;
            }
            Operation::Changes { from } => {
                assert!(self.created, "changes of a recording it does not know");
                assert_eq!(from, self.changes, "a hole, or a change sent twice");
                self.changes = local.changes;
            }
            Operation::Segment { seq } => {
                assert!(self.created, "a segment of a recording it does not know");
                assert!(!self.segments.contains(&seq), "segment {seq} sent twice");
                assert!(seq < local.segments, "a segment that does not exist");
                self.segments.push(seq);
            }
            Operation::Complete => {
                assert!(local.finished, "completed while it runs");
                assert_eq!(self.segments.len(), local.segments as usize, "segments are missing");
                assert_eq!(self.changes, local.changes, "changes are missing");
                self.complete = true;
            }
            Operation::Confirm => assert!(self.complete, "confirmed without a receipt"),
            Operation::Ask | Operation::Lost | Operation::Look | Operation::FetchNote => {
                panic!("{operation:?} is not needed when all is known")
            }
        }
    }
}

prop_compose! {
    fn case()(segments in 0_u32..40, changes in 0_u32..6, finished in any::<bool>())
             (there in proptest::collection::vec(any::<bool>(), segments as usize),
              sent in 0..=changes, created in any::<bool>(),
              segments in Just(segments), changes in Just(changes), finished in Just(finished))
             -> (Local, Server) {
        let has = there.iter().enumerate().filter(|(_, there)| **there && created);
        let server = Server {
            created,
            segments: has.map(|(seq, _)| seq as u32).collect(),
            changes: if created { sent } else { 0 },
            complete: false,
        };
        (local(segments, changes, finished), server)
    }
}

proptest! {
    #[test]
    fn everything_missing_is_sent_exactly_once_and_nothing_else((local, server) in case()) {
        let mut server = server;
        let already = server.segments.clone();
        for operation in operations(&local, &server.remote()) {
            server.carry_out(&local, operation);
        }
        prop_assert!(server.created);
        prop_assert_eq!(server.segments.len(), local.segments as usize);
        prop_assert_eq!(&server.segments[..already.len()], &already[..]);
        prop_assert_eq!(server.changes, local.changes);
        prop_assert_eq!(server.complete, local.finished);
    }

    #[test]
    fn an_interrupted_plan_is_taken_up_where_it_stopped((local, server) in case(), cut in 0_usize..60) {
        let mut server = server;
        for operation in operations(&local, &server.remote()).into_iter().take(cut) {
            server.carry_out(&local, operation);
        }
        // The server's answers after `cut` were lost: it is asked, and the rest is planned anew.
        if server.complete {
            return Ok(());
        }
        for operation in operations(&local, &server.remote()) {
            server.carry_out(&local, operation);
        }
        prop_assert_eq!(server.segments.len(), local.segments as usize);
        prop_assert_eq!(server.complete, local.finished);
    }

    #[test]
    fn what_takes_no_audio_goes_first_then_what_is_recorded_now_then_what_has_least_left(
        cases in proptest::collection::vec((case(), 0_i64..3), 1..8),
    ) {
        let recordings: Vec<_> = cases
            .iter()
            .map(|((local, server), hour)| {
                let started_at = DateTime::UNIX_EPOCH + TimeDelta::hours(*hour);
                (Local { started_at, ..local.clone() }, server.remote())
            })
            .collect();
        let tasks = plan(&recordings);
        let mut order: Vec<RecordingId> = tasks.iter().map(|task| task.recording).collect();
        order.dedup();
        let with_tasks = |(local, remote): &&(Local, Remote)| !operations(local, remote).is_empty();
        prop_assert_eq!(order.len(), recordings.iter().filter(with_tasks).count(), "each at a time");
        let ranks: Vec<_> = order.iter().map(|id| {
            let sends = |task: &&super::Task| {
                task.recording == *id && matches!(task.operation, Operation::Segment { .. })
            };
            let left = tasks.iter().filter(sends).count();
            let (local, _) = recordings.iter().find(|(local, _)| local.id == *id).unwrap();
            let rank = match (left, local.finished) {
                (0, _) => 0,
                (_, false) => 1,
                (_, true) => 2,
            };
            (rank, left, Reverse(local.started_at))
        }).collect();
        prop_assert!(ranks.is_sorted(), "{:?}", ranks);
    }
}

#[test]
fn a_server_that_was_not_asked_is_asked_first() {
    assert_eq!(operations(&local(3, 1, true), &Remote::Unknown), [Operation::Ask]);
}

#[test]
fn a_live_recording_goes_up_while_it_runs() {
    let mut remote = Remote::Present { segments: vec![true, true], changes: 0, complete: false };
    let live = local(3, 0, false);
    assert_eq!(operations(&live, &remote), [Operation::Segment { seq: 2 }]);
    remote.set(2, true);
    assert_eq!(operations(&live, &remote), [], "and is not completed");
}

#[test]
fn a_segment_that_the_server_lost_is_sent_again() {
    let mut remote = Remote::Present { segments: vec![true; 3], changes: 0, complete: false };
    remote.set(1, false);
    let expected = [Operation::Segment { seq: 1 }, Operation::Complete];
    assert_eq!(operations(&local(3, 0, true), &remote), expected);
}

#[test]
fn after_the_receipt_the_note_is_awaited_and_fetched_once() {
    let mut waiting = Local { acknowledged: true, ..local(3, 0, true) };
    assert_eq!(operations(&waiting, &Remote::Unknown), [Operation::Look]);
    for stage in [Stage::Transcribing, Stage::Drafting, Stage::Stuck] {
        waiting.stage = Some(stage);
        assert_eq!(operations(&waiting, &Remote::Unknown), [Operation::Look]);
    }
    waiting.stage = Some(Stage::Ready);
    waiting.note = true;
    assert_eq!(operations(&waiting, &Remote::Unknown), [Operation::FetchNote]);
    waiting.note_text = true;
    assert_eq!(operations(&waiting, &Remote::Unknown), []);
    waiting.stage = Some(Stage::NoSpeech);
    assert_eq!(operations(&waiting, &Remote::Unknown), []);
}

#[test]
fn a_patient_named_after_the_receipt_is_sent_too() {
    let mut named = Local { acknowledged: true, changes_sent: 1, ..local(3, 2, true) };
    let expected = [Operation::Changes { from: 1 }, Operation::Look];
    assert_eq!(operations(&named, &Remote::Unknown), expected);
    (named.stage, named.note, named.note_text) = (Some(Stage::Ready), true, true);
    assert_eq!(operations(&named, &Remote::Unknown), [Operation::Changes { from: 1 }]);
    named.changes_sent = 2;
    assert_eq!(operations(&named, &Remote::Unknown), []);
}

#[test]
fn of_a_discarded_recording_nothing_is_sent_but_that_it_is_discarded() {
    let discarded = Local { discarded: true, ..local(3, 1, true) };
    assert_eq!(operations(&discarded, &Remote::Unknown), [Operation::Ask]);
    assert!(operations(&discarded, &Remote::Absent).is_empty(), "the server never heard of it");
    let partly = Remote::Present { segments: vec![true], changes: 0, complete: false };
    assert_eq!(operations(&discarded, &partly), [Operation::Changes { from: 0 }]);
    let told = Remote::Present { segments: vec![true], changes: 1, complete: false };
    assert!(operations(&discarded, &told).is_empty());
    let restored = Local { discarded: false, changes: 2, ..discarded };
    let rest = [
        Operation::Changes { from: 1 },
        Operation::Segment { seq: 1 },
        Operation::Segment { seq: 2 },
        Operation::Complete,
    ];
    assert_eq!(operations(&restored, &told), rest);
}

#[test]
fn a_restored_recording_is_looked_at_again() {
    let stage = Some(Stage::Discarded);
    let acknowledged =
        Local { acknowledged: true, changes_sent: 2, stage, discarded: true, ..local(3, 2, true) };
    assert!(operations(&acknowledged, &Remote::Unknown).is_empty());
    let restored = Local { discarded: false, ..acknowledged };
    assert_eq!(operations(&restored, &Remote::Unknown), [Operation::Look]);
}

#[test]
fn after_a_restore_every_receipt_is_confirmed_or_earned_again() {
    let here = Local { acknowledged: true, confirmed: false, ..local(3, 1, true) };
    assert_eq!(operations(&here, &Remote::Unknown), [Operation::Ask]);
    let whole = Remote::Present { segments: vec![true; 3], changes: 1, complete: true };
    assert_eq!(operations(&here, &whole), [Operation::Confirm]);
    let (send, complete) = (|seq| Operation::Segment { seq }, Operation::Complete);
    let all =
        [Operation::Create, Operation::Changes { from: 0 }, send(0), send(1), send(2), complete];
    assert_eq!(operations(&here, &Remote::Absent), all);
    let before_the_end =
        Remote::Present { segments: vec![true, true], changes: 1, complete: false };
    assert_eq!(operations(&here, &before_the_end), [send(2), complete]);
    let an_object_is_gone =
        Remote::Present { segments: vec![true, false, true], changes: 1, complete: true };
    assert_eq!(operations(&here, &an_object_is_gone), [send(1), Operation::Confirm]);
}

#[test]
fn what_a_restore_lost_and_is_no_longer_here_is_named() {
    let gone = Local { acknowledged: true, confirmed: false, released: true, ..local(3, 1, true) };
    assert_eq!(operations(&gone, &Remote::Absent), [Operation::Lost]);
    let partly = Remote::Present { segments: vec![true, true], changes: 1, complete: true };
    assert_eq!(operations(&gone, &partly), [Operation::Lost]);
    let whole = Remote::Present { segments: vec![true; 3], changes: 1, complete: true };
    assert_eq!(operations(&gone, &whole), [Operation::Confirm]);
    let without_receipt = Remote::Present { segments: vec![true; 3], changes: 1, complete: false };
    assert_eq!(operations(&gone, &without_receipt), [Operation::Complete]);
}
