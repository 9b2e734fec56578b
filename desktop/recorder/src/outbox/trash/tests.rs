//! Nothing is deleted before its time, and then all of it.

use chrono::{DateTime, TimeDelta, Utc};
use medrecord_common::audio::flac;
use medrecord_common::ids::RecordingId;
use medrecord_common::recording::ChangeKind;
use medrecord_common::segment::{Digest, SegmentHeader};

use crate::outbox::{DatabaseKey, Outbox, OutboxError, TRASH};
use crate::testing::new_recording;

struct Bench {
    outbox: Outbox,
    _folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = DatabaseKey::generate().unwrap();
        Self {
            outbox: Outbox::open(&folder.path().join("outbox.db"), &key).unwrap(),
            _folder: folder,
        }
    }

    fn begin(&self) -> RecordingId {
        let new = new_recording();
        self.outbox.begin(&new).unwrap();
        new.id
    }

    fn finished(&self) -> RecordingId {
        let id = self.begin();
        let flac = flac::encode(&[100; 16_000]).unwrap();
        let header = SegmentHeader { start: 0, samples: 16_000, speech: 0, peak: 100 };
        self.outbox.cut_segment(id, header, &flac, Digest::of(&flac), &[]).unwrap();
        self.outbox.finish(id, false).unwrap();
        id
    }

    fn discard(&self, id: RecordingId) {
        self.outbox.add_change(id, now(), ChangeKind::Discard).unwrap();
    }

    fn listed(&self) -> Vec<RecordingId> {
        let found = self.outbox.overview(None, DateTime::UNIX_EPOCH).unwrap();
        found.into_iter().map(|found| found.recording.id).collect()
    }

    fn count(&self, table: &str) -> u32 {
        let sql = format!("SELECT count(*) FROM {table}");
        self.outbox.read(|c| Ok(c.query_row(&sql, [], |row| row.get(0))?)).unwrap()
    }
}

fn now() -> DateTime<Utc> {
    "2026-11-24T09:00:00Z".parse().unwrap()
}

#[test]
fn a_discarded_recording_leaves_the_list_and_comes_back_whole() {
    let bench = Bench::new();
    let (kept, thrown) = (bench.finished(), bench.finished());
    bench.discard(thrown);
    assert_eq!(bench.listed(), [kept]);
    let trash = bench.outbox.trash(None).unwrap();
    assert_eq!(trash.len(), 1);
    assert_eq!((trash[0].recording.id, trash[0].samples), (thrown, 16_000));
    assert_eq!(trash[0].discarded_at, now());
    assert_eq!(bench.outbox.trashed(None).unwrap(), 1);
    bench.outbox.add_change(thrown, now(), ChangeKind::Restore).unwrap();
    assert_eq!(bench.listed().len(), 2);
    assert_eq!(bench.outbox.trashed(None).unwrap(), 0);
    assert_eq!(bench.outbox.change_list(thrown).unwrap().len(), 2, "the history keeps both");
    assert!(bench.outbox.purge(now() + TRASH * 10).unwrap().is_empty());
    assert_eq!(bench.outbox.segments(thrown).unwrap().len(), 1);
}

#[test]
fn it_goes_after_thirty_days_and_not_a_second_sooner() {
    let bench = Bench::new();
    let (kept, thrown) = (bench.finished(), bench.finished());
    bench.discard(thrown);
    assert!(bench.outbox.purge(now() + TRASH - TimeDelta::seconds(1)).unwrap().is_empty());
    assert_eq!(bench.outbox.purge(now() + TRASH).unwrap(), [thrown]);
    assert_eq!(bench.listed(), [kept]);
    let error = bench.outbox.recording(thrown).unwrap_err();
    assert!(matches!(error, OutboxError::UnknownRecording(id) if id == thrown));
    let left: Vec<_> =
        ["recording", "segment", "segment_audio", "change"].map(|table| bench.count(table)).into();
    assert_eq!(left, [1, 1, 1, 0]);
}

#[test]
fn a_recording_under_way_cannot_be_discarded() {
    let bench = Bench::new();
    let id = bench.begin();
    for what in [ChangeKind::Discard, ChangeKind::Restore] {
        let error = bench.outbox.add_change(id, now(), what).unwrap_err();
        assert!(matches!(error, OutboxError::WrongState { .. }), "{error}");
    }
    assert!(bench.outbox.purge(now() + TRASH * 10).unwrap().is_empty());
    assert_eq!(bench.listed(), [id]);
}

#[test]
fn one_that_the_server_may_have_stays_until_the_server_knows() {
    let bench = Bench::new();
    let id = bench.finished();
    bench.outbox.offer(id).unwrap();
    bench.discard(id);
    assert!(bench.outbox.purge(now() + TRASH).unwrap().is_empty());
    bench.outbox.changes_sent(id, 1, now()).unwrap();
    assert_eq!(bench.outbox.purge(now() + TRASH).unwrap(), [id]);
}
