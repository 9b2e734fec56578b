//! Takes, recoveries and imports on the real outbox.

use std::path::PathBuf;
use std::time::Duration;

use medrecord_common::audio::{SAMPLE_RATE, flac};
use medrecord_common::ids::RecordingId;
use medrecord_common::recording::{ChangeKind, Gap, GapReason};
use medrecord_common::segment::Digest;
use medrecord_common::workstation::TakeState;

use super::{Take, import, recover};
use crate::audio::{
    AudioSource, Captured, FileSource, OpenSource, Pace, Resampler, SourceError, open_file,
};
use crate::outbox::{DatabaseKey, Outbox};
use crate::testing::{self, new_recording};

mod devices;

struct Bench {
    folder: tempfile::TempDir,
    outbox: Outbox,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = DatabaseKey::generate().unwrap();
        let outbox = Outbox::open(&folder.path().join("outbox.db"), &key).unwrap();
        Self { folder, outbox }
    }

    fn wav(&self, rate: u32, channels: u16, samples: impl Iterator<Item = i16>) -> PathBuf {
        testing::wav(&self.folder.path().join("in.wav"), rate, channels, samples)
    }

    /// The samples of all segments in order; checks headers and digests on the way.
    fn samples(&self, id: RecordingId) -> Vec<i16> {
        let mut pcm = Vec::new();
        for entry in self.outbox.segments(id).unwrap() {
            let segment = self.outbox.segment(id, entry.seq).unwrap();
            assert_eq!(Digest::of(&segment.flac), segment.digest);
            let decoded = flac::decode(&segment.flac).unwrap();
            assert_eq!(decoded.len(), segment.header.samples as usize);
            let peak = decoded.iter().map(|sample| sample.unsigned_abs()).max();
            assert_eq!(peak, Some(segment.header.peak));
            pcm.extend(decoded);
        }
        pcm
    }

    fn changes(&self, id: RecordingId) -> Vec<ChangeKind> {
        let list = self.outbox.change_list(id).unwrap();
        list.into_iter().map(|stored| stored.change.what).collect()
    }
}

/// The shipped note, as often as it takes.
fn speech(seconds: usize) -> impl Iterator<Item = i16> {
    let note = include_bytes!("../../../../fixtures/progress-note.flac");
    let pcm = flac::decode_up_to(note, 16_000 * 600).unwrap();
    pcm.into_iter().cycle().take(seconds * 16_000)
}

fn until_ended(take: &Take) {
    let mut progress = take.progress();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    // An error: the thread is over.
    let _ = runtime.block_on(progress.wait_for(|progress| progress.ended));
}

fn until(take: &Take, condition: impl FnMut(&super::Progress) -> bool) -> super::Progress {
    let mut progress = take.progress();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(progress.wait_for(condition)).unwrap().clone()
}

/// Plays a list of blocks at 16 kHz mono, then does what it was told.
struct Script {
    blocks: Vec<Vec<f32>>,
    then: fn() -> Result<Captured, SourceError>,
}

impl AudioSource for Script {
    fn name(&self) -> &str {
        "script"
    }
    fn rate(&self) -> u32 {
        SAMPLE_RATE
    }
    fn channels(&self) -> u16 {
        1
    }
    fn read(&mut self, into: &mut Vec<f32>, timeout: Duration) -> Result<Captured, SourceError> {
        if self.blocks.is_empty() {
            std::thread::park_timeout(timeout);
            return (self.then)();
        }
        into.extend(self.blocks.remove(0));
        Ok(Captured::Samples)
    }
    fn discard(&mut self) -> Result<(), SourceError> {
        Ok(())
    }
}

fn blocks(pcm: &[i16]) -> Vec<Vec<f32>> {
    pcm.chunks(1_000)
        .map(|block| block.iter().map(|&s| f32::from(s) / 32_768.0).collect())
        .collect()
}

fn script(pcm: &[i16], then: fn() -> Result<Captured, SourceError>) -> OpenSource {
    let mut blocks = Some(blocks(pcm));
    Box::new(move |_| Ok(Box::new(Script { blocks: blocks.take().unwrap_or_default(), then })))
}

#[test]
fn segments_of_a_take_hold_exactly_the_resampled_file() {
    let bench = Bench::new();
    // 44.1 kHz stereo: 16 kHz speech held for 2.75 frames.
    let pcm: Vec<i16> = speech(40).collect();
    let frames = (0..40 * 44_100).map(|n| pcm[n * 16_000 / 44_100]);
    let path = bench.wav(44_100, 2, frames.flat_map(|sample| [sample, sample / 2]));
    let new = new_recording();
    let take =
        Take::start(bench.outbox.clone(), open_file(path.clone(), Pace::AsFastAsPossible), &new)
            .unwrap();
    until_ended(&take);
    let end = take.progress().borrow().clone();
    take.stop().unwrap();

    let mut source = FileSource::open(&path, Pace::AsFastAsPossible).unwrap();
    let (mut captured, mut expected) = (Vec::new(), Vec::new());
    while source.read(&mut captured, Duration::ZERO).unwrap() != Captured::End {}
    let mut resampler = Resampler::new(44_100, 2);
    resampler.push(&captured, &mut expected);
    resampler.flush(&mut expected);
    assert_eq!(expected.len(), 40 * 16_000);
    assert!(bench.samples(new.id) == expected);

    let segments = bench.outbox.segments(new.id).unwrap();
    assert!(segments.len() >= 2 && segments.iter().all(|segment| segment.header.speech > 0));
    assert_eq!((end.recorded_samples, end.on_disk_samples), (640_000, 640_000));
    assert_eq!(end.segments as usize, segments.len());
    assert!(bench.outbox.unfinished().unwrap().is_empty());
}

#[test]
fn import_and_take_cut_a_file_the_same_way() {
    let bench = Bench::new();
    let path = bench.wav(16_000, 1, speech(60));
    let (imported, taken) = (new_recording(), new_recording());
    import(&bench.outbox, &path, &imported).unwrap();
    let open = open_file(path, Pace::AsFastAsPossible);
    let take = Take::start(bench.outbox.clone(), open, &taken).unwrap();
    until_ended(&take);
    take.stop().unwrap();
    assert_eq!(
        bench.outbox.manifest(imported.id).unwrap(),
        bench.outbox.manifest(taken.id).unwrap()
    );
    assert!(bench.samples(imported.id) == speech(60).collect::<Vec<_>>());
}

#[test]
fn a_take_that_dies_is_recovered_up_to_its_last_chunk() {
    let bench = Bench::new();
    let pcm: Vec<i16> = speech(50).take(50 * 16_000 - 123).collect();
    let new = new_recording();
    let take =
        Take::start(bench.outbox.clone(), script(&pcm, || panic!("the program dies here")), &new)
            .unwrap();
    until_ended(&take);
    assert_eq!(take.stop().unwrap_err().code(), "capture_died");

    let unfinished = bench.outbox.unfinished().unwrap();
    assert_eq!(unfinished[0].id, new.id);
    recover(&bench.outbox, new.id).unwrap();
    let recovered = bench.samples(new.id);
    assert!(recovered == pcm[..recovered.len()]);
    assert!(pcm.len() - recovered.len() < 8_000, "{} lost", pcm.len() - recovered.len());
    assert!(bench.outbox.unfinished().unwrap().is_empty());
    assert_eq!(recover(&bench.outbox, new.id).unwrap_err().code(), "unknown_recording");
}

#[test]
fn the_clock_stands_still_in_a_pause_which_ends_the_segment() {
    let bench = Bench::new();
    let pcm: Vec<i16> = speech(3).collect();
    let new = new_recording();
    let take =
        Take::start(bench.outbox.clone(), script(&pcm, || Ok(Captured::Nothing)), &new).unwrap();
    until(&take, |progress| progress.recorded_samples == 48_000);
    take.pause();
    let paused = until(&take, |progress| progress.state == TakeState::Paused);
    assert_eq!((paused.on_disk_samples, paused.segments), (48_000, 1));
    take.mark();
    take.resume();
    until(&take, |progress| progress.state == TakeState::Recording);
    take.stop().unwrap();
    assert!(bench.samples(new.id) == pcm);
    let changes = bench.changes(new.id);
    assert_eq!(changes[0], ChangeKind::Marker { sample: 48_000 });
    let ChangeKind::Pause { sample, from, to } = changes[1] else { panic!("{changes:?}") };
    assert_eq!(sample, 48_000);
    assert!(to.unwrap() >= from);
}

#[test]
fn silence_is_stored_in_segments_without_speech() {
    let bench = Bench::new();
    let path = bench.wav(8_000, 1, std::iter::repeat_n(0, 25 * 8_000));
    let new = new_recording();
    import(&bench.outbox, &path, &new).unwrap();
    let segments = bench.outbox.segments(new.id).unwrap();
    let lengths: Vec<u32> = segments.iter().map(|segment| segment.header.samples).collect();
    assert_eq!(lengths, [160_000, 160_000, 80_000]);
    assert!(segments.iter().all(|s| s.header.speech == 0 && s.header.peak == 0));
}

#[test]
fn a_lost_microphone_leaves_a_gap_and_the_next_one_goes_on() {
    let bench = Bench::new();
    let pcm: Vec<i16> = speech(2).collect();
    let second = blocks(&pcm);
    let mut opened = 0;
    let first = blocks(&pcm);
    let open: OpenSource = Box::new(move |_| {
        opened += 1;
        let lost = || Err(SourceError::Lost { name: "script".to_owned() });
        match opened {
            1 => Ok(Box::new(Script { blocks: first.clone(), then: lost })),
            2 => Err(SourceError::NoMicrophone),
            _ => Ok(Box::new(Script { blocks: second.clone(), then: || Ok(Captured::End) })),
        }
    });
    let new = new_recording();
    let take = Take::start(bench.outbox.clone(), open, &new).unwrap();
    let lost = until(&take, |progress| !progress.warnings.is_empty());
    assert_eq!(lost.warnings[0].code, "microphone_lost");
    until_ended(&take);
    take.stop().unwrap();
    let changes = bench.changes(new.id);
    let [ChangeKind::Gap(Gap { start, samples, reason })] = changes[..] else {
        panic!("{changes:?}")
    };
    assert_eq!((start, reason), (32_000, GapReason::DeviceLost));
    assert!((16_000..48_000).contains(&samples), "{samples}");
    let segments = bench.outbox.segments(new.id).unwrap();
    let starts: Vec<u64> = segments.iter().map(|segment| segment.header.start).collect();
    assert_eq!(starts, [0, 32_000 + samples]);
    assert!(bench.samples(new.id) == [pcm.clone(), pcm].concat());
}

#[test]
fn a_file_that_cannot_be_opened_makes_no_recording() {
    let bench = Bench::new();
    let path = bench.folder.path().join("none.wav");
    assert_eq!(
        import(&bench.outbox, &path, &new_recording()).unwrap_err().code(),
        "file_unreadable"
    );
    let open = open_file(path, Pace::AsFastAsPossible);
    assert!(Take::start(bench.outbox.clone(), open, &new_recording()).is_err());
    assert!(bench.outbox.unfinished().unwrap().is_empty());
}
