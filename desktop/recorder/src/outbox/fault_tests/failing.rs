//! A disk that is full or fails at one call after the other.

use medrecord_common::ids::RecordingId;
use medrecord_fault_disk::{Disk, Faults, Random};

use super::{Held, check, perform};
use crate::outbox::{DatabaseKey, Outbox};

/// Performs a day of acts in which something fails; what failed is tried again, as capture does, until it
/// succeeds. Then the power is cut: what was acknowledged must have been on the disk.
fn day(seed: u64, acts: u32, set: impl Fn(&Disk, &Outbox), healed_after: u32) -> u32 {
    let mut random = Random::new(seed);
    let (disk, key) = (Disk::new(), DatabaseKey::generate().unwrap());
    let outbox = Outbox::open(&disk.path("outbox.db"), &key).unwrap();
    set(&disk, &outbox);
    let (mut held, mut failures) = (Held::default(), 0);
    for _ in 0..acts {
        let act = held.next(&mut random);
        let id = held.0.last().map_or_else(RecordingId::new, |one| one.id);
        while let Err(error) = perform(&outbox, id, &act) {
            assert!(
                matches!(error.code(), "disk_full" | "outbox_failed"),
                "seed {seed}, {act:?}: {error}"
            );
            failures += 1;
            if failures % healed_after == 0 {
                disk.set(Faults::default());
            }
            assert!(failures < 1_000, "seed {seed}: it never succeeds: {error}");
        }
        held = held.after(&act);
    }
    assert!(Held::read(&outbox).unwrap() == held, "seed {seed}: while it runs");
    disk.cut();
    drop(outbox);
    disk.power_on(&mut random);
    let outbox = Outbox::open(&disk.path("outbox.db"), &key).unwrap();
    check(&outbox);
    assert!(Held::read(&outbox).unwrap() == held, "seed {seed}: after a power cut");
    failures
}

#[test]
fn a_sync_that_fails_once_costs_nothing() {
    let mut failures = 0;
    for number in (1..60).step_by(2) {
        for forget in [false, true] {
            failures += day(
                number,
                60,
                |disk, _| {
                    let sync = Some(disk.syncs() + number);
                    disk.set(Faults { sync, forget, ..Faults::default() });
                },
                2,
            );
        }
    }
    println!("60 days with one failed sync each: {failures} acts tried again, 0 missing");
    assert!(failures > 25);
}

#[test]
fn a_write_that_fails_once_costs_nothing() {
    let mut failures = 0;
    for number in (1..400).step_by(9) {
        failures += day(
            number,
            60,
            |disk, _| {
                let write = Some(disk.writes() + number);
                disk.set(Faults { write, ..Faults::default() });
            },
            2,
        );
    }
    println!("45 days with one failed write each: {failures} acts tried again, 0 missing");
    assert!(failures > 25);
}

#[test]
fn a_disk_that_fails_for_a_while_costs_nothing() {
    let mut failures = 0;
    for number in (1..30).step_by(2) {
        for forget in [false, true] {
            failures += day(
                number,
                60,
                |disk, _| {
                    let (sync, write) = (disk.syncs() + number, disk.writes() + number * 7);
                    disk.set(Faults {
                        sync: Some(sync),
                        write: Some(write),
                        lasting: true,
                        forget,
                        ..Faults::default()
                    });
                },
                5,
            );
        }
    }
    println!("30 days with a failing stretch: {failures} acts tried again, 0 missing");
}

#[test]
fn a_disk_that_fills_at_any_size_costs_nothing() {
    let mut failures = 0;
    for step in (0..60_u64).step_by(2) {
        failures += day(
            step,
            60,
            |disk, _| {
                let capacity = Some(disk.used() + 4_096 * step as usize + 77);
                disk.set(Faults { capacity, ..Faults::default() });
            },
            3,
        );
    }
    println!("30 sizes of disk: {failures} acts tried again, 0 missing");
    assert!(failures > 50);
}
