//! A real SQLCipher database, damaged at random places.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use medrecord_common::audio::flac;
use medrecord_common::ids::RecordingId;
use medrecord_common::recording::{ChangeKind, GapReason};
use medrecord_common::segment::{Digest, SegmentHeader};
use medrecord_fault_disk::Random;

use crate::outbox::{DatabaseKey, Outbox, OutboxError, RecordingState};
use crate::testing::new_recording;

const PAGE: usize = 4_096;
/// Samples of a segment here.
const SEGMENT: usize = 4_000;
const SEGMENTS: u64 = 12;

struct Bench {
    _folder: tempfile::TempDir,
    path: PathBuf,
    key: DatabaseKey,
    spoken: HashMap<RecordingId, Vec<i16>>,
}

fn now() -> DateTime<Utc> {
    "2026-11-24T09:00:00Z".parse().unwrap()
}

impl Bench {
    /// Six recordings; the last was not stopped.
    fn new(random: &mut Random) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("outbox.db");
        let key = DatabaseKey::generate().unwrap();
        let outbox = Outbox::open_or_salvage(&path, &key, now()).unwrap();
        let mut spoken = HashMap::new();
        for number in 0..6 {
            let new = new_recording();
            outbox.begin(&new).unwrap();
            let length = SEGMENT * (SEGMENTS as usize + 1);
            let pcm: Vec<i16> = (0..length).map(|_| random.next() as i16).collect();
            for (seq, piece) in pcm[..length - SEGMENT].chunks(SEGMENT).enumerate() {
                let start = (seq * SEGMENT) as u64;
                let flac = flac::encode(piece).unwrap();
                let samples = piece.len() as u32;
                let header = SegmentHeader { start, samples, speech: 0, peak: 0 };
                outbox.cut_segment(new.id, header, &flac, Digest::of(&flac), &[]).unwrap();
                let mark = ChangeKind::Marker { sample: start };
                outbox.add_change(new.id, now(), mark).unwrap();
            }
            let rest = length - SEGMENT;
            if number < 5 {
                outbox.finish(new.id, false).unwrap();
                spoken.insert(new.id, pcm[..rest].to_vec());
            } else {
                for (chunk, piece) in pcm[rest..].chunks(800).enumerate() {
                    outbox.append_chunk(new.id, (rest + chunk * 800) as u64, piece).unwrap();
                }
                spoken.insert(new.id, pcm);
            }
        }
        Self { _folder: folder, path, key, spoken }
    }

    fn pages(&self) -> usize {
        fs::metadata(&self.path).unwrap().len() as usize / PAGE
    }

    /// Overwrites pages, or one byte of each.
    fn damage(&self, pages: &[usize], zero: bool) {
        let mut bytes = fs::read(&self.path).unwrap();
        for page in pages {
            let from = page * PAGE;
            if zero {
                bytes[from..from + PAGE].fill(0);
            } else {
                bytes[from + 1_234] ^= 0x40;
            }
        }
        fs::write(&self.path, bytes).unwrap();
    }

    /// Opens it as a start does; returns samples that are there, and that are gaps.
    fn start(&self) -> (Outbox, u64, u64) {
        let outbox = Outbox::open_or_salvage(&self.path, &self.key, now()).unwrap();
        // Audio is not read at a start; whoever meets damage in it has the next start salvage.
        let damaged = outbox
            .overview(None, DateTime::UNIX_EPOCH)
            .unwrap()
            .into_iter()
            .map(|found| found.recording.id)
            .any(|id| outbox.export_pcm::<OutboxError>(id, |_| Ok(())).is_err());
        drop(outbox);
        let outbox = Outbox::open_or_salvage(&self.path, &self.key, now()).unwrap();
        assert_eq!(outbox.salvaged().is_some(), damaged);
        let (mut there, mut gaps, mut moved) = (0, 0, 0_u64);
        for found in outbox.overview(None, DateTime::UNIX_EPOCH).unwrap() {
            let stored = found.recording;
            let lost: Vec<_> = outbox
                .change_list(stored.id)
                .unwrap()
                .into_iter()
                .enumerate()
                .filter_map(|(number, change)| {
                    assert_eq!(change.change.number as usize, number, "numbered without holes");
                    match change.change.what {
                        ChangeKind::Gap(gap) => Some(gap),
                        _ => None,
                    }
                })
                .collect();
            assert!(lost.iter().all(|gap| gap.reason == GapReason::Disk));
            let seqs: Vec<_> =
                outbox.segments(stored.id).unwrap().iter().map(|entry| entry.seq).collect();
            assert!(seqs.iter().copied().eq(0..seqs.len() as u32), "{seqs:?}");
            let mut found = Vec::new();
            let keep = |pcm: &[i16]| {
                found.extend_from_slice(pcm);
                Ok::<_, OutboxError>(())
            };
            outbox.export_pcm(stored.id, keep).unwrap();
            let spoken = &self.spoken[&stored.id];
            for (at, (found, spoken)) in found.iter().zip(spoken).enumerate() {
                let is_gap = lost
                    .iter()
                    .any(|gap| (gap.start..gap.start + gap.samples).contains(&(at as u64)));
                // Where a whole run of rows is lost with its audio, what follows may stand earlier: never
                // where a gap is said to be.
                gaps += u64::from(is_gap);
                there += u64::from(!is_gap && found == spoken);
                moved += u64::from(!is_gap && found != spoken);
            }
        }
        if moved > 0 {
            println!("{moved} samples stand elsewhere");
        }
        (outbox, there, gaps)
    }

    fn all(&self) -> u64 {
        self.spoken.values().map(|pcm| pcm.len() as u64).sum()
    }
}

/// Records, and starts again when damage is met that nobody had read before.
fn works(bench: &Bench, outbox: Outbox) {
    let record = |outbox: &Outbox| {
        let new = new_recording();
        outbox.begin(&new)?;
        outbox.append_chunk(new.id, 0, &[1; 8_000])?;
        outbox.cut_segment(
            new.id,
            SegmentHeader { start: 0, samples: 8_000, speech: 0, peak: 1 },
            &[7; 9_000],
            Digest::of(&[7; 9_000]),
            &[],
        )?;
        outbox.finish(new.id, false)
    };
    if record(&outbox).is_err() {
        drop(outbox);
        let outbox = Outbox::open_or_salvage(&bench.path, &bench.key, now()).unwrap();
        let salvaged = outbox.salvaged().cloned();
        assert!(salvaged.is_some());
        record(&outbox).unwrap();
        super::super::fault_tests::check(&outbox);
    }
}

#[test]
fn a_damaged_page_costs_at_most_what_was_on_it() {
    let mut random = Random::new(4);
    let (mut worst, mut sum, mut tries) = (0, 0, 0);
    for round in 0..12 {
        let bench = Bench::new(&mut random);
        let page = 1 + random.below(bench.pages() as u64 - 1) as usize;
        bench.damage(&[page], round % 2 == 0);
        let (outbox, there, _) = bench.start();
        let lost = bench.all() - there;
        worst = worst.max(lost);
        sum += lost;
        tries += 1;
        works(&bench, outbox);
    }
    println!(
        "{tries} databases of {SEGMENTS} x 6 segments with a damaged page: {} segments lost on average, \
         {} at worst",
        sum as f64 / f64::from(tries) / SEGMENT as f64,
        worst as f64 / SEGMENT as f64
    );
}

#[test]
fn many_damaged_pages_still_let_the_program_start() {
    let mut random = Random::new(5);
    for round in 0..5 {
        let bench = Bench::new(&mut random);
        let pages: Vec<usize> =
            (0..10).map(|_| random.below(bench.pages() as u64) as usize).collect();
        bench.damage(&pages, round % 2 == 0);
        let (outbox, there, gaps) = bench.start();
        println!("10 pages damaged: {there} samples there, {gaps} known gaps of {}", bench.all());
        works(&bench, outbox);
    }
}

#[test]
fn a_damaged_first_page_costs_nothing_after_a_start() {
    let bench = Bench::new(&mut Random::new(6));
    // Its copy is from before all recordings.
    bench.damage(&[0], true);
    let damaged = fs::read(&bench.path).unwrap();
    let outbox = Outbox::open_or_salvage(&bench.path, &bench.key, now()).unwrap();
    let salvaged = outbox.salvaged().cloned();
    let salvaged = salvaged.unwrap();
    assert!(fs::read(&salvaged.kept_aside).unwrap() == damaged, "kept as it was");
    assert_eq!((salvaged.rows_lost, salvaged.recordings), (0, vec![]));
    drop(outbox);
    let (_, there, gaps) = bench.start();
    assert_eq!((there, gaps), (bench.all(), 0));
}

#[test]
fn an_undamaged_database_is_left_alone() {
    let bench = Bench::new(&mut Random::new(1));
    let (outbox, there, gaps) = bench.start();
    assert_eq!((there, gaps), (bench.all(), 0));
    drop(outbox);
    let salvaged = Outbox::open_or_salvage(&bench.path, &bench.key, now()).unwrap();
    let salvaged = salvaged.salvaged();
    assert!(salvaged.is_none());
}

#[test]
fn a_damaged_first_page_is_no_wrong_key_and_a_wrong_key_no_damage() {
    let bench = Bench::new(&mut Random::new(2));
    fs::remove_file(bench.path.with_extension("first-page")).unwrap();
    let other = DatabaseKey::generate().unwrap();
    let before = fs::read(&bench.path).unwrap();
    let error = Outbox::open_or_salvage(&bench.path, &other, now()).err().unwrap();
    assert!(matches!(error, OutboxError::WrongKey), "{error}");
    assert!(fs::read(&bench.path).unwrap() == before);
    bench.damage(&[0], false);
    let damaged = fs::read(&bench.path).unwrap();
    let error = Outbox::open_or_salvage(&bench.path, &other, now()).err().unwrap();
    assert!(matches!(error, OutboxError::WrongKey), "{error}");
    let outbox = Outbox::open_or_salvage(&bench.path, &bench.key, now()).unwrap();
    let salvaged = outbox.salvaged().cloned();
    assert!(salvaged.as_ref().is_some_and(|salvaged| salvaged.nothing_read), "there is no copy");
    assert!(outbox.with_audio().unwrap().is_empty());
    let kept = fs::read(salvaged.unwrap().kept_aside).unwrap();
    assert!(kept == damaged, "the damaged file is kept as it was");
}

#[test]
fn a_salvage_that_died_before_its_end_is_completed_or_begun_again() {
    let bench = Bench::new(&mut Random::new(3));
    let fresh = bench.path.with_extension("salvaged.db");
    fs::write(&fresh, b"half a salvage").unwrap();
    bench.damage(&[40], true);
    let (outbox, there, _) = bench.start();
    drop(outbox);
    // Died between the two renames.
    fs::rename(&bench.path, &fresh).unwrap();
    let (outbox, again, _) = bench.start();
    assert_eq!(there, again);
    assert!(
        outbox
            .overview(None, DateTime::UNIX_EPOCH)
            .unwrap()
            .into_iter()
            .map(|found| found.recording)
            .any(|stored| { stored.recovered && stored.state == RecordingState::Finished })
    );
}
