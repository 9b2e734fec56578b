//! The overview beside what the tables say one by one, and how many statements something takes.

use medrecord_common::audio::flac;
use medrecord_common::recording::{ChangeKind, Gap, GapReason};
use medrecord_common::segment::{Digest, SegmentHeader};

use crate::outbox::Outbox;
use crate::outbox::tests::{Bench, now, ramp};

thread_local! {
    static STATEMENTS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// How many statements SQLite ran in this thread for `work`.
pub(crate) fn statements(outbox: &Outbox, work: impl FnOnce()) -> usize {
    use rusqlite::trace::TraceEventCodes;
    let trace = |hook| outbox.link().for_reading().unwrap().trace_v2(TraceEventCodes::all(), hook);
    trace(Some(|event| {
        if matches!(event, rusqlite::trace::TraceEvent::Stmt(..)) {
            STATEMENTS.set(STATEMENTS.get() + 1);
        }
    }));
    STATEMENTS.set(0);
    work();
    trace(None);
    STATEMENTS.get()
}

#[test]
fn the_overview_counts_what_the_tables_hold() {
    let bench = Bench::new();
    let id = bench.begin();
    bench.cut(id, 0, &ramp(0, 16_000), &ramp(0, 400));
    let spoken = SegmentHeader { start: 16_400, samples: 16_000, speech: 9_000, peak: 7 };
    let flac = flac::encode(&ramp(0, 16_000)).unwrap();
    bench.outbox.cut_segment(id, spoken, &flac, Digest::of(&flac), &[]).unwrap();
    bench.cut(id, 32_400, &ramp(0, 8_000), &ramp(0, 800));
    bench.outbox.segment_sent(id, 0, now()).unwrap();
    let shown = || bench.outbox.overview(None, now()).unwrap().remove(0);
    let found = shown();
    assert_eq!(found.recording, bench.outbox.recording(id).unwrap());
    assert_eq!((found.segments, found.segments_sent, found.spoken_to), (3, 1, 32_400));
    assert_eq!(found.samples, 41_200, "the chunk is the end");
    let gap = Gap { start: 41_200, samples: 5_000, reason: GapReason::Overrun };
    bench.outbox.add_change(id, now(), ChangeKind::Gap(gap)).unwrap();
    assert_eq!(shown().samples, 46_200, "the gap is the end");
    assert_eq!(shown().samples, bench.outbox.samples(id).unwrap());
    let empty = bench.begin();
    let found = bench.outbox.overview(None, now()).unwrap();
    let found = found.iter().find(|found| found.recording.id == empty).unwrap();
    assert_eq!((found.samples, found.segments, &found.original), (0, 0, &None));
}

#[test]
fn one_that_was_set_aside_is_shown_until_someone_has_looked_however_old_it_is() {
    let bench = Bench::new();
    let id = bench.finished();
    let later = chrono::Utc::now() + chrono::TimeDelta::days(9);
    bench.outbox.acknowledge(id, &bench.receipt(id), None, now()).unwrap();
    let shown = || bench.outbox.overview(None, later).unwrap().len();
    assert_eq!(shown(), 0);
    bench.outbox.set_wedged(id, Some("The server lost this recording.")).unwrap();
    assert_eq!(shown(), 1);
    bench.outbox.set_wedged(id, None).unwrap();
    assert_eq!(shown(), 0);
}
