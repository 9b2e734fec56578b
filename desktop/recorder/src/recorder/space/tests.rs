//! Space is given by the test; the reserve is a real file.

use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use medrecord_common::audio::flac;
use medrecord_common::segment::{Digest, SegmentHeader};
use medrecord_common::workstation::{Severity, Workstation};

use super::{A_SECOND, BESIDE, RESERVE, Space};
use crate::audio::{AudioSource, Captured, OpenSource, SourceError};
use crate::outbox::{DatabaseKey, Outbox};
use crate::recorder::{Recorder, RecorderConfig};
use crate::testing::new_recording;
use crate::vault::MemoryStore;

struct Bench {
    recorder: Recorder,
    free: Arc<AtomicU64>,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new(minutes: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = RecorderConfig {
            data_dir: folder.path().to_owned(),
            secrets: Arc::new(MemoryStore::default()),
            key_file: false,
        };
        let recorder = Recorder::open(config).unwrap();
        let _ = fs::remove_file(folder.path().join("reserve"));
        let free = Arc::new(AtomicU64::new(0));
        let bench = Self { recorder, free, folder };
        bench.set(minutes);
        let free = Arc::clone(&bench.free);
        bench.recorder.inner.space.measure_by(move |_| Ok(free.load(Ordering::Relaxed)));
        bench
    }

    fn set(&self, minutes: u64) {
        self.free.store(BESIDE + minutes * 60 * A_SECOND, Ordering::Relaxed);
    }

    fn warned(&self, code: &str) -> Option<Severity> {
        let state: Workstation = self.recorder.state();
        let found = state.warnings.into_iter().find(|warning| warning.code == code);
        found.map(|warning| warning.severity)
    }

    fn has_reserve(&self) -> bool {
        self.folder.path().join("reserve").exists()
    }
}

/// Nothing is ever heard.
struct Quiet;

impl AudioSource for Quiet {
    fn name(&self) -> &str {
        "quiet"
    }
    fn rate(&self) -> u32 {
        16_000
    }
    fn channels(&self) -> u16 {
        1
    }
    fn read(
        &mut self,
        _: &mut Vec<f32>,
        timeout: std::time::Duration,
    ) -> Result<Captured, SourceError> {
        std::thread::park_timeout(timeout);
        Ok(Captured::Nothing)
    }
    fn discard(&mut self) -> Result<(), SourceError> {
        Ok(())
    }
}

fn quiet() -> OpenSource {
    Box::new(|_| Ok(Box::new(Quiet)))
}

#[test]
fn no_recording_is_started_without_half_an_hour_of_space() {
    let bench = Bench::new(29);
    let error = bench.recorder.start_from(quiet(), None).unwrap_err();
    assert_eq!(error.code(), "no_space");
    assert!(error.to_string().contains("29 more minutes"), "{error}");
    assert!(bench.recorder.recordings().unwrap().is_empty(), "nothing was made");
    assert_eq!(bench.warned("disk_low"), Some(Severity::Alarm));
    bench.set(30);
    bench.recorder.start_from(quiet(), None).unwrap();
    bench.set(3);
    assert_eq!(
        bench.warned("disk_low"),
        Some(Severity::Alarm),
        "what runs goes on, and it is said"
    );
    bench.recorder.stop().unwrap();
}

#[test]
fn space_is_shown_as_time_and_warned_of_under_an_hour() {
    let bench = Bench::new(60);
    assert_eq!(bench.recorder.state().space_ms, Some(3_600_000));
    assert_eq!(bench.warned("disk_low"), None);
    bench.set(59);
    assert_eq!(bench.warned("disk_low"), Some(Severity::Warning));
}

#[test]
fn a_disk_that_does_not_say_what_is_free_stops_no_recording() {
    let bench = Bench::new(60);
    bench.recorder.inner.space.measure_by(|_| Err(io::ErrorKind::Unsupported.into()));
    assert_eq!(bench.recorder.state().space_ms, None);
    bench.recorder.start_from(quiet(), None).unwrap();
    bench.recorder.stop().unwrap();
}

#[test]
fn the_reserve_is_given_up_when_the_disk_fills_and_comes_back_with_room() {
    let bench = Bench::new(40);
    bench.recorder.publish();
    assert!(!bench.has_reserve(), "it would take what is left");
    bench.set(1_000);
    bench.recorder.publish();
    assert!(bench.has_reserve());
    bench.recorder.inner.space.release_reserve();
    assert!(!bench.has_reserve());
    bench.set(20);
    assert_eq!(bench.warned("disk_full"), Some(Severity::Alarm));
    bench.set(1_000);
    bench.recorder.publish();
    assert!(bench.has_reserve());
    assert_eq!(bench.warned("disk_full"), None);
}

#[cfg(unix)]
#[test]
fn the_reserve_is_really_allocated() {
    use std::os::unix::fs::MetadataExt as _;
    let folder = tempfile::tempdir().unwrap();
    let space = Space::new(folder.path().to_owned());
    space.measure_by(|_| Ok(u64::MAX));
    space.keep_reserve();
    let file = fs::metadata(folder.path().join("reserve")).unwrap();
    assert_eq!(file.len(), RESERVE);
    assert!(file.blocks() * 512 >= RESERVE, "{} blocks", file.blocks());
}

#[test]
fn a_second_takes_no_more_than_is_reckoned_with() {
    const SECONDS: u64 = 300;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox.db");
    let outbox = Outbox::open(&path, &DatabaseKey::generate().unwrap()).unwrap();
    let mut noise = 1_u32;
    let mut second = || -> Vec<i16> {
        let mut next = || {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 16) as i16
        };
        (0..16_000).map(|_| next()).collect()
    };
    let size = || -> u64 {
        let files = fs::read_dir(folder.path()).unwrap();
        files.map(|file| file.unwrap().metadata().unwrap().len()).sum()
    };
    let before = size();
    let new = new_recording();
    outbox.begin(&new).unwrap();
    for start in (0..SECONDS).step_by(30) {
        let mut pcm = Vec::new();
        for now in start..start + 30 {
            let samples = second();
            outbox.append_chunk(new.id, now * 16_000, &samples).unwrap();
            pcm.extend(samples);
        }
        let flac = flac::encode(&pcm).unwrap();
        let samples = pcm.len() as u32;
        let header = SegmentHeader { start: start * 16_000, samples, speech: 0, peak: 0 };
        outbox.cut_segment(new.id, header, &flac, Digest::of(&flac), &[]).unwrap();
    }
    let grown = size() - before;
    println!(
        "{SECONDS} s of noise: {grown} bytes on the disk, {} a second with the log",
        grown / SECONDS
    );
    assert!(grown <= SECONDS * A_SECOND + BESIDE, "{grown}");
    drop(outbox);
    println!("{} a second without", (size() - before) / SECONDS);
}
