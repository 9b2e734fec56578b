//! Old recordings that rot, and what the check says of them.

use super::{Check, Report};
use crate::outbox::tests::{Bench, now, ramp};
use crate::outbox::{OutboxError, RETENTION};

fn check(bench: &Bench) -> Report {
    let mut check = Check::begin(&bench.outbox).unwrap();
    while check.step(&bench.outbox) {}
    check.report().clone()
}

#[test]
fn whole_recordings_pass_and_the_one_under_way_is_left_alone() {
    let bench = Bench::new();
    for _ in 0..3 {
        bench.finished();
    }
    let running = bench.begin();
    bench.cut(running, 0, &ramp(0, 16_000), &ramp(0, 400));
    assert_eq!(check(&bench), Report { recordings: 3, checked: 3, damaged: vec![] });
    assert!(!bench.outbox.needs_salvage());
}

#[test]
fn bytes_that_changed_and_bytes_that_are_gone_are_found_and_the_next_start_is_told() {
    let bench = Bench::new();
    let [changed, _, gone] = [bench.finished(), bench.finished(), bench.finished()];
    bench.outbox.spoil(changed);
    let sql = format!("DELETE FROM segment_audio WHERE {}", is(gone));
    bench.outbox.write(|transaction| Ok(transaction.execute_batch(&sql)?)).unwrap();
    let report = check(&bench);
    let mut damaged: Vec<_> = report.damaged.iter().map(|(id, _)| *id).collect();
    damaged.sort();
    let mut expected = vec![changed, gone];
    expected.sort();
    assert_eq!((report.checked, damaged), (3, expected));
    assert!(bench.outbox.needs_salvage());
}

#[test]
fn audio_that_is_released_meanwhile_is_no_damage() -> Result<(), OutboxError> {
    let bench = Bench::new();
    let id = bench.finished();
    bench.outbox.acknowledge(id, &bench.receipt(id), None, now())?;
    let mut check = Check::begin(&bench.outbox)?;
    assert_eq!(bench.outbox.release(None, None, now() + RETENTION)?, [id]);
    while check.step(&bench.outbox) {}
    assert_eq!(check.report().damaged, []);
    assert!(!bench.outbox.needs_salvage());
    Ok(())
}

fn is(id: medrecord_common::ids::RecordingId) -> String {
    format!("recording = x'{}'", id.0.simple())
}

impl crate::outbox::Outbox {
    /// Other bytes than were recorded, in pages that are sound.
    pub(crate) fn spoil(&self, id: medrecord_common::ids::RecordingId) {
        let sql = format!("UPDATE segment_audio SET flac = x'00' WHERE {}", is(id));
        self.write(|transaction| Ok(transaction.execute_batch(&sql)?)).unwrap();
    }
}
