//! The journal over an outbox whose disk fills and fails.

use chrono::Utc;
use medrecord_common::audio::flac;
use medrecord_common::ids::RecordingId;
use medrecord_common::recording::{ChangeKind, Gap, GapReason};
use medrecord_fault_disk::{Disk, Faults, Random};

use super::Journal;
use crate::capture::pipeline::Pipeline;
use crate::outbox::{DatabaseKey, Outbox};
use crate::testing::new_recording;

struct Bench {
    disk: Disk,
    outbox: Outbox,
    journal: Journal,
    pipeline: Pipeline,
    id: RecordingId,
}

impl Bench {
    fn new() -> Self {
        let disk = Disk::new();
        let key = DatabaseKey::generate().unwrap();
        let outbox = Outbox::open(&disk.path("outbox.db"), &key).unwrap();
        let new = new_recording();
        let id = new.id;
        outbox.begin(&new).unwrap();
        let journal = Journal::new(outbox.clone(), id);
        Self { disk, outbox, journal, pipeline: Pipeline::new(0), id }
    }

    /// Captures, as a take does; answers whether all of it is durable.
    fn capture(&mut self, pcm: &[i16]) -> bool {
        let mut written = true;
        for block in pcm.chunks(8_000) {
            let mut pieces = Vec::new();
            self.pipeline.push(block, &mut pieces);
            self.journal.add(pieces);
            written = self.journal.write().is_ok();
        }
        written
    }

    fn close(&mut self) {
        let mut pieces = Vec::new();
        self.pipeline.close(&mut pieces);
        self.journal.add(pieces);
    }

    /// All of the recording, gaps as silence.
    fn samples(&self) -> Vec<i16> {
        let mut all = Vec::new();
        let mut add = |pcm: &[i16]| {
            all.extend_from_slice(pcm);
            Ok::<_, crate::outbox::OutboxError>(())
        };
        self.outbox.export_pcm(self.id, &mut add).unwrap();
        all
    }

    fn gaps(&self) -> Vec<Gap> {
        let changes = self.outbox.change_list(self.id).unwrap();
        let gaps = changes.into_iter().filter_map(|stored| match stored.change.what {
            ChangeKind::Gap(gap) => Some(gap),
            _ => None,
        });
        gaps.collect()
    }
}

fn speech(seconds: usize) -> Vec<i16> {
    let note = include_bytes!("../../../../../fixtures/progress-note.flac");
    let pcm = flac::decode_up_to(note, 16_000 * 600).unwrap();
    pcm.into_iter().cycle().take(seconds * 16_000).collect()
}

#[test]
fn what_a_full_disk_kept_in_memory_arrives_when_there_is_room() {
    let pcm = speech(70);
    for full_at in [0, 100_000, 500_000] {
        let mut bench = Bench::new();
        let capacity = Some(bench.disk.used() + full_at);
        bench.disk.set(Faults { capacity, ..Faults::default() });
        assert!(!bench.capture(&pcm), "the alarm stands: {full_at}");
        assert!(bench.journal.is_waiting());
        let durable = bench.samples();
        assert_eq!(
            durable.len() as u64,
            bench.journal.on_disk(),
            "the number on the screen is true"
        );
        assert!(durable == pcm[..durable.len()]);
        bench.disk.set(Faults::default());
        bench.close();
        bench.journal.finish(false).unwrap();
        assert!(!bench.journal.is_waiting());
        assert!(bench.samples() == pcm);
        assert!(bench.gaps().is_empty());
    }
}

#[test]
fn a_write_or_sync_that_fails_at_any_call_leaves_no_gap() {
    let pcm = speech(40);
    let mut random = Random::new(7);
    for _ in 0..12 {
        let mut bench = Bench::new();
        let (write, sync) = (random.below(600), random.below(90));
        bench.disk.set(Faults {
            write: Some(bench.disk.writes() + write),
            sync: Some(bench.disk.syncs() + sync),
            forget: random.below(2) == 0,
            ..Faults::default()
        });
        bench.capture(&pcm);
        bench.close();
        // Both may fail at the very end; then capture tries again.
        while bench.journal.finish(false).is_err() {}
        assert!(bench.samples() == pcm, "write {write}, sync {sync}");
        assert!(bench.gaps().is_empty());
    }
}

#[test]
fn what_memory_has_no_room_for_is_a_gap_and_the_rest_arrives() {
    let pcm = speech(180);
    let mut bench = Bench::new();
    bench.journal.most_held = 1 << 20;
    let capacity = Some(bench.disk.used() + 20_000);
    bench.disk.set(Faults { capacity, ..Faults::default() });
    assert!(!bench.capture(&pcm[..150 * 16_000]));
    assert!(bench.journal.held() <= 1 << 20);
    bench.disk.set(Faults::default());
    assert!(bench.capture(&pcm[150 * 16_000..]));
    bench.close();
    bench.journal.finish(false).unwrap();
    let [Gap { start, samples, reason: GapReason::Disk }] = bench.gaps()[..] else {
        panic!("{:?}", bench.gaps())
    };
    let (start, end) = (start as usize, (start + samples) as usize);
    println!("memory for 1 MiB holds {} s, then a gap of {} s", start / 16_000, samples / 16_000);
    let expected = [&pcm[..start], &vec![0; end - start], &pcm[end..]].concat();
    assert!(bench.samples() == expected);
}

#[test]
fn a_write_whose_commit_was_uncertain_is_there_once() {
    let pcm = speech(25);
    let mut bench = Bench::new();
    let mut pieces = Vec::new();
    bench.pipeline.push(&pcm, &mut pieces);
    bench.pipeline.close(&mut pieces);
    let gap = ChangeKind::Gap(Gap { start: 400_000, samples: 99, reason: GapReason::Sleep });
    let at = Utc::now();
    // Twice the same, as if no commit had said that it was done.
    for _ in 0..2 {
        let mut journal = Journal::new(bench.outbox.clone(), bench.id);
        journal.add(pieces.clone());
        journal.add_change(at, gap.clone());
        journal.write().unwrap();
    }
    assert_eq!(bench.gaps().len(), 1);
    bench.journal.finish(false).unwrap();
    bench.journal.finish(false).unwrap();
    assert!(bench.samples() == [pcm, vec![0; 99]].concat());
}
