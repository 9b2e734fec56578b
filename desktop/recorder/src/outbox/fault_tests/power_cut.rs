//! Power cuts at random steps: nothing acknowledged is missing, and the database opens.
//!
//! `MEDRECORD_POWER_CUT_SEEDS` sets how many disks are tried; each is cut [`LIVES`] times.

use std::time::Instant;

use medrecord_common::ids::RecordingId;
use medrecord_fault_disk::{Disk, Faults, Random};

use super::{Act, Held, check, perform};
use crate::outbox::{DatabaseKey, Outbox};

/// Cuts of the same disk, one after the other.
const LIVES: u32 = 3;
/// The power goes within so many steps: a day of that scenario takes about half of it.
const STEPS: u64 = 400;

#[test]
fn a_power_cut_takes_nothing_that_was_acknowledged() {
    let seeds =
        std::env::var("MEDRECORD_POWER_CUT_SEEDS").map_or(200, |text| text.parse().unwrap());
    let started = Instant::now();
    let mut figures = Figures::default();
    for seed in 0..seeds {
        one(seed, &mut figures);
    }
    println!(
        "power cut: {seeds} seeds, {} cuts, {} acknowledged acts ({} chunks, {} segments, {} others); \
         0 databases unreadable, 0 acts missing, {} acts in flight kept, {:.1} s",
        figures.cuts,
        figures.chunks + figures.segments + figures.others,
        figures.chunks,
        figures.segments,
        figures.others,
        figures.kept,
        started.elapsed().as_secs_f64()
    );
}

#[derive(Default)]
struct Figures {
    cuts: u64,
    chunks: u64,
    segments: u64,
    others: u64,
    kept: u64,
}

fn one(seed: u64, figures: &mut Figures) {
    let mut random = Random::new(seed);
    let (disk, key) = (Disk::new(), DatabaseKey::generate().unwrap());
    let mut held = Held::default();
    for life in 0..LIVES {
        let cut = Some(disk.steps() + 1 + random.below(STEPS));
        disk.set(Faults { cut, ..Faults::default() });
        let in_flight = day(&disk, &key, &mut held, &mut random, figures);
        disk.cut();
        disk.power_on(&mut random);
        figures.cuts += 1;
        let outbox = Outbox::open(&disk.path("outbox.db"), &key)
            .unwrap_or_else(|error| panic!("seed {seed}, cut {life}: does not open: {error}"));
        check(&outbox);
        let found = Held::read(&outbox).unwrap();
        if found != held {
            let after = in_flight.map(|act| held.after(&act));
            assert!(
                Some(&found) == after.as_ref(),
                "seed {seed}, cut {life}: not what was acknowledged"
            );
            figures.kept += 1;
        }
        held = found;
    }
    disk.remove();
}

/// Until the power goes; returns what was under way then.
fn day(
    disk: &Disk,
    key: &DatabaseKey,
    held: &mut Held,
    random: &mut Random,
    figures: &mut Figures,
) -> Option<Act> {
    let outbox = Outbox::open(&disk.path("outbox.db"), key).ok()?;
    loop {
        let act = held.next(random);
        let id = held.0.last().map_or_else(RecordingId::new, |one| one.id);
        if perform(&outbox, id, &act).is_err() {
            return Some(act);
        }
        *held = held.after(&act);
        match act {
            Act::Chunk { .. } => figures.chunks += 1,
            Act::Segment { .. } => figures.segments += 1,
            _ => figures.others += 1,
        }
    }
}
