//! What is handed out is what was captured, whatever happens meanwhile.

use medrecord_common::audio::flac;
use medrecord_common::ids::RecordingId;
use medrecord_common::recording::{ChangeKind, Gap, GapReason};
use medrecord_common::segment::{Digest, SegmentHeader};

use crate::outbox::{DatabaseKey, Outbox, OutboxError};
use crate::testing::new_recording;

struct Bench {
    outbox: Outbox,
    id: RecordingId,
    _folder: tempfile::TempDir,
}

impl Bench {
    /// A recording under way: a segment of 1,000 samples, a gap of 500, chunks of 2,000.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = DatabaseKey::generate().unwrap();
        let outbox = Outbox::open(&folder.path().join("outbox.db"), &key).unwrap();
        let new = new_recording();
        let id = new.id;
        outbox.begin(&new).unwrap();
        let bench = Self { outbox, id, _folder: folder };
        bench.cut(0, 1_000);
        let gap = Gap { start: 1_000, samples: 500, reason: GapReason::Overrun };
        bench.outbox.add_change(id, chrono::DateTime::UNIX_EPOCH, ChangeKind::Gap(gap)).unwrap();
        bench.outbox.append_chunk(id, 1_500, &ramp(1_500, 2_500)).unwrap();
        bench.outbox.append_chunk(id, 2_500, &ramp(2_500, 3_500)).unwrap();
        bench
    }

    fn cut(&self, start: u64, end: u64) {
        let pcm = ramp(start, end);
        let flac = flac::encode(&pcm).unwrap();
        let header = SegmentHeader { start, samples: pcm.len() as u32, speech: 0, peak: 0 };
        self.outbox.cut_segment(self.id, header, &flac, Digest::of(&flac), &[]).unwrap();
    }

    fn stretch(&self, stretch: std::ops::Range<u64>) -> Vec<i16> {
        let mut pcm = Vec::new();
        let all = |piece: &[i16]| {
            pcm.extend_from_slice(piece);
            Ok::<_, OutboxError>(())
        };
        self.outbox.export_stretch(self.id, stretch, all).unwrap();
        pcm
    }
}

fn ramp(start: u64, end: u64) -> Vec<i16> {
    (start..end).map(|n| (n % 30_000) as i16 + 1).collect()
}

fn whole() -> Vec<i16> {
    [ramp(0, 1_000), vec![0; 500], ramp(1_500, 3_500)].concat()
}

#[test]
fn a_segment_that_is_cut_meanwhile_is_not_passed_over() {
    let bench = Bench::new();
    let (mut pcm, mut cut) = (Vec::new(), false);
    bench
        .outbox
        .export_pcm::<OutboxError>(bench.id, |piece| {
            pcm.extend_from_slice(piece);
            if !std::mem::replace(&mut cut, true) {
                bench.cut(1_500, 3_500);
            }
            Ok(())
        })
        .unwrap();
    assert!(pcm == whole(), "{} samples", pcm.len());
}

#[test]
fn any_stretch_is_the_same_as_that_part_of_the_whole() {
    let bench = Bench::new();
    let whole = whole();
    let points = [0, 1, 999, 1_000, 1_200, 1_500, 1_501, 2_500, 3_000, 3_500];
    for (n, &start) in points.iter().enumerate() {
        for &end in &points[n..] {
            let expected = &whole[start as usize..end as usize];
            assert!(bench.stretch(start..end) == expected, "{start}..{end}");
        }
    }
    assert!(bench.stretch(3_000..9_000) == whole[3_000..], "beyond the end there is nothing");
    assert!(bench.stretch(9_000..9_500).is_empty());
}
