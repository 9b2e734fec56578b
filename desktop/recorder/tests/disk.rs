//! A take on a disk that is full, or that fails: an alarm at once, nothing acknowledged is missing, no silent gap.
//!
//! Time is the audio's own: the source asks, before it hands out the next 100 ms, what the take says of the last.
#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use medrecord_common::ids::RecordingId;
use medrecord_common::recording::CreateRecording;
use medrecord_fault_disk::{Disk, Faults};
use medrecord_recorder::audio::{AudioSource, Captured, SourceError};
use medrecord_recorder::capture::{Progress, Take, recover};
use medrecord_recorder::outbox::{DatabaseKey, NewRecording, Outbox, OutboxError};
use tokio::sync::watch;

const RATE: u32 = 16_000;
const BLOCK: usize = RATE as usize / 10;

/// So much may be in memory only, in samples, before there must be an alarm: the chunk that is being filled (500 ms)
/// and the block that was just read.
const UNSEEN: u64 = RATE as u64 / 2 + BLOCK as u64;

/// Megabytes of the small file systems, from 1 on; all 64 with `MEDRECORD_DISK_MEGABYTES=64`.
fn megabytes() -> u64 {
    let asked = std::env::var("MEDRECORD_DISK_MEGABYTES").ok();
    asked.map_or(8, |number| number.parse().expect("MEDRECORD_DISK_MEGABYTES is a number"))
}

/// White noise: FLAC cannot make it smaller, so the disk fills as fast as it can.
fn noise(samples: usize) -> Vec<i16> {
    let mut state: u32 = 1;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as i16
    })
    .take(samples)
    .collect()
}

/// What the source saw.
#[derive(Default)]
struct Seen {
    progress: Option<watch::Receiver<Progress>>,
    /// Most samples that were in memory only and not complained of.
    most_unseen: u64,
    alarms: u32,
    /// The alarm ended.
    ends: u32,
    /// Files of the database at the moment of an alarm, and what was acknowledged then.
    copies: Vec<(tempfile::TempDir, u64)>,
    exhausted: bool,
}

/// Called at the first block after an alarm began, with the samples that are acknowledged.
type AtAlarm = Box<dyn FnMut(&mut Seen, u64) + Send>;

/// Plays samples, and looks at the take between two blocks, in the take's own thread: nothing is written meanwhile.
struct Watching {
    pcm: Vec<i16>,
    at: usize,
    seen: Arc<Mutex<Seen>>,
    was_alarmed: bool,
    at_alarm: AtAlarm,
}

impl Watching {
    fn look(&mut self) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(progress) = seen.progress.as_ref().map(|progress| progress.borrow().clone())
        else {
            return;
        };
        let is_alarmed = progress.warnings.iter().any(|warning| warning.code == "disk");
        if !is_alarmed {
            let unseen = progress.recorded_samples - progress.on_disk_samples;
            seen.most_unseen = seen.most_unseen.max(unseen);
        }
        seen.alarms += u32::from(is_alarmed && !self.was_alarmed);
        seen.ends += u32::from(!is_alarmed && self.was_alarmed);
        if is_alarmed && !self.was_alarmed {
            (self.at_alarm)(&mut seen, progress.on_disk_samples);
        }
        self.was_alarmed = is_alarmed;
    }
}

impl AudioSource for Watching {
    fn name(&self) -> &str {
        "noise"
    }
    fn rate(&self) -> u32 {
        RATE
    }
    fn channels(&self) -> u16 {
        1
    }
    fn read(&mut self, into: &mut Vec<f32>, timeout: Duration) -> Result<Captured, SourceError> {
        self.look();
        let block = &self.pcm[self.at..self.pcm.len().min(self.at + BLOCK)];
        if block.is_empty() {
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).exhausted = true;
            std::thread::park_timeout(timeout);
            return Ok(Captured::Nothing);
        }
        into.extend(block.iter().map(|&sample| f32::from(sample) / 32_768.0));
        self.at += block.len();
        Ok(Captured::Samples)
    }
    fn discard(&mut self) -> Result<(), SourceError> {
        Ok(())
    }
}

fn dictation() -> NewRecording {
    let create = CreateRecording::dictation("2026-11-24T09:00:00Z".parse().unwrap());
    NewRecording { id: RecordingId::new(), owner: None, create }
}

/// Records all of `pcm`; `heal` is called when the source has nothing left, and the take must then get by.
fn record(
    outbox: &Outbox,
    new: &NewRecording,
    pcm: &[i16],
    at_alarm: impl FnMut(&mut Seen, u64) + Send + 'static,
    heal: impl FnOnce(),
) -> Seen {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let mut source = Some(Watching {
        pcm: pcm.to_vec(),
        at: 0,
        seen: Arc::clone(&seen),
        was_alarmed: false,
        at_alarm: Box::new(at_alarm),
    });
    let open = move |_| match source.take() {
        Some(source) => Ok(Box::new(source) as Box<dyn AudioSource>),
        None => Err(SourceError::NoMicrophone),
    };
    let take = Take::start(outbox.clone(), Box::new(open), new).unwrap();
    let mut progress = take.progress();
    seen.lock().unwrap().progress = Some(take.progress());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        progress.wait_for(|_| seen.lock().unwrap().exhausted).await.unwrap();
        heal();
        let all = pcm.len() as u64;
        progress.wait_for(|progress| progress.recorded_samples == all).await.unwrap();
    });
    take.stop().unwrap();
    Arc::into_inner(seen).unwrap().into_inner().unwrap()
}

fn samples(outbox: &Outbox, id: RecordingId) -> Vec<i16> {
    let mut samples = Vec::new();
    let all = outbox.export_pcm::<OutboxError>(id, |pcm| {
        samples.extend_from_slice(pcm);
        Ok(())
    });
    all.unwrap();
    samples
}

fn mount(folder: &Path, options: &str) {
    let mount = ["-t", "tmpfs", "-o", options, "none"];
    assert!(Command::new("mount").args(mount).arg(folder).status().unwrap().success());
}

/// Where nothing that is mounted is seen by others, and all of it goes with the process.
fn in_a_namespace_of_its_own(test: &str) {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "--"]);
    command.arg(std::env::current_exe().unwrap()).args(["--exact", test, "--nocapture"]);
    let status = command.env(INSIDE, "1").status().expect("unshare (util-linux) is there");
    assert!(status.success(), "{status}");
}

const INSIDE: &str = "MEDRECORD_TEST_NAMESPACE";

#[test]
fn a_disk_that_is_full_at_any_megabyte_costs_nothing_and_is_said_at_once() {
    if std::env::var_os(INSIDE).is_none() {
        let test = "a_disk_that_is_full_at_any_megabyte_costs_nothing_and_is_said_at_once";
        return in_a_namespace_of_its_own(test);
    }
    for size in 1..=megabytes() {
        let folder = tempfile::tempdir().unwrap();
        mount(folder.path(), &format!("size={size}m"));
        let key = DatabaseKey::generate().unwrap();
        let path = folder.path().join("outbox.db");
        let outbox = Outbox::open(&path, &key).unwrap();
        let new = dictation();
        // 32 kB a second, and 20 s more than the whole disk could hold.
        let pcm = noise((size as usize * 1_048_576 / 32_000 + 20) * RATE as usize);

        let files = folder.path().to_owned();
        let seen = record(
            &outbox,
            &new,
            &pcm,
            move |seen, on_disk| seen.copies.push((copy(&files), on_disk)),
            || mount(folder.path(), &format!("remount,size={}m", 2 * size + 16)),
        );

        assert!(seen.alarms >= 1 && seen.ends <= seen.alarms, "{size} MB");
        assert!(seen.most_unseen <= UNSEEN, "{size} MB: {} samples unseen", seen.most_unseen);
        assert!(samples(&outbox, new.id) == pcm, "{size} MB: all of it, once there is room");
        for (copy, acknowledged) in &seen.copies {
            let held = after_a_crash(copy.path(), &key, new.id);
            assert!(
                held.len() as u64 >= *acknowledged,
                "{size} MB: {} of {acknowledged}",
                held.len()
            );
            assert!(held == pcm[..held.len()], "{size} MB: as it was said");
        }
        println!(
            "{size} MB: {} alarms, at most {} ms unseen, {} s acknowledged when it was full",
            seen.alarms,
            seen.most_unseen / 16,
            seen.copies[0].1 / u64::from(RATE)
        );
        drop(outbox);
        assert!(Command::new("umount").arg(folder.path()).status().unwrap().success());
    }
}

/// The files as they are now, as a program that dies would leave them.
fn copy(files: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["outbox.db", "outbox.db-wal"] {
        std::fs::copy(files.join(name), folder.path().join(name)).unwrap();
    }
    folder
}

fn after_a_crash(folder: &Path, key: &DatabaseKey, id: RecordingId) -> Vec<i16> {
    let outbox = Outbox::open(&folder.join("outbox.db"), key).unwrap();
    recover(&outbox, id).unwrap();
    samples(&outbox, id)
}

/// EIO, from some call on, for as long as it lasts.
fn a_disk_that_fails(faults: impl Fn(&Disk, u64) -> Faults) {
    for number in [1, 2, 3, 5, 8, 13, 21, 34, 55] {
        let (disk, key) = (Disk::new(), DatabaseKey::generate().unwrap());
        let path: PathBuf = disk.path("outbox.db");
        let outbox = Outbox::open(&path, &key).unwrap();
        disk.set(faults(&disk, number));
        let (new, pcm) = (dictation(), noise(60 * RATE as usize));
        let seen = record(&outbox, &new, &pcm, |_, _| (), || disk.set(Faults::default()));
        assert!(seen.alarms >= 1, "call {number}");
        assert!(seen.most_unseen <= UNSEEN, "call {number}: {} samples", seen.most_unseen);
        assert!(samples(&outbox, new.id) == pcm, "call {number}: no silent gap");
        drop(outbox);
        disk.remove();
    }
}

#[test]
fn writes_that_fail_are_said_at_once_and_leave_no_gap() {
    a_disk_that_fails(|disk, number| Faults {
        write: Some(disk.writes() + 7 * number + 20),
        lasting: true,
        ..Faults::default()
    });
}

#[test]
fn syncs_that_fail_are_said_at_once_and_leave_no_gap() {
    for forget in [false, true] {
        a_disk_that_fails(|disk, number| Faults {
            sync: Some(disk.syncs() + number + 3),
            lasting: true,
            forget,
            ..Faults::default()
        });
    }
}
