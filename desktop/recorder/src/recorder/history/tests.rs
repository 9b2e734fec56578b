//! What is said last counts, and nothing that was recorded is lost by it.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

use medrecord_common::audio::flac;
use medrecord_common::ids::RecordingId;
use medrecord_common::recording::ChangeKind;

use crate::audio::{Pace, open_file};
use crate::recorder::{Recorder, RecorderConfig, RecorderError};
use crate::testing::wav;
use crate::vault::MemoryStore;

const NOTE: &[u8] = include_bytes!("../../../../../fixtures/progress-note.flac");

fn open(folder: &Path) -> Recorder {
    let secrets = Arc::new(MemoryStore::default());
    Recorder::open(RecorderConfig { data_dir: folder.join("data"), secrets, key_file: false })
        .unwrap()
}

/// Ten seconds of the note, then a minute of silence.
fn forgotten(folder: &Path) -> std::path::PathBuf {
    let note = flac::decode_up_to(NOTE, 16_000 * 600).unwrap();
    let samples = note[..160_000].iter().copied().chain(std::iter::repeat_n(0, 960_000));
    wav(&folder.join("forgotten.wav"), 16_000, 1, samples)
}

fn changes(recorder: &Recorder, id: RecordingId) -> Vec<ChangeKind> {
    let list = recorder.outbox().change_list(id).unwrap();
    list.into_iter().map(|stored| stored.change.what).collect()
}

#[test]
fn consent_is_said_while_recording_and_all_that_was_said_stays_in_the_history() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path());
    let source = open_file(forgotten(folder.path()), Pace::Times(0.01));
    let id = recorder.start_from(source, None).unwrap();
    assert_eq!(recorder.state().take.unwrap().consent, None);
    recorder.set_consent(id, Some(false), "the patient".into()).unwrap();
    recorder.set_consent(id, Some(true), "her daughter".into()).unwrap();
    let consent = recorder.state().take.unwrap().consent.unwrap();
    assert_eq!((consent.given, consent.by.as_str()), (Some(true), "her daughter"));
    recorder.stop().unwrap();
    assert_eq!(recorder.recordings().unwrap()[0].consent.as_ref(), Some(&consent));
    let said: Vec<_> = changes(&recorder, id)
        .into_iter()
        .filter_map(|change| match change {
            ChangeKind::Consent { given, by } => Some((given, by.as_str().to_owned())),
            _ => None,
        })
        .collect();
    let expected =
        [(Some(false), "the patient".to_owned()), (Some(true), "her daughter".to_owned())];
    assert_eq!(said, expected);
}

#[test]
fn a_forgotten_end_is_trimmed_to_two_seconds_after_the_last_word_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path());
    let id = recorder.import(&forgotten(folder.path()), None).unwrap().recording;
    recorder.trim_to_speech(id).unwrap();
    let row = &recorder.recordings().unwrap()[0];
    let trimmed = row.trimmed_ms.unwrap();
    assert!((10_000..13_000).contains(&trimmed), "{trimmed}");
    assert_eq!(row.duration_ms, 70_000, "all of it is kept");
    let wav = recorder.wav(id, 0..u64::MAX).unwrap();
    assert_eq!(hound::WavReader::new(&wav[..]).unwrap().len(), 70 * 16_000);
    recorder.trim(id, None).unwrap();
    assert_eq!(recorder.recordings().unwrap()[0].trimmed_ms, None);
    assert_eq!(changes(&recorder, id).len(), 2);
}

#[test]
fn a_recording_ends_by_itself_at_the_cap_and_keeps_everything() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path());
    assert_eq!(recorder.state().cap_minutes, Some(240));
    recorder.set_cap_minutes(Some(1)).unwrap();
    let source = open_file(forgotten(folder.path()), Pace::AsFastAsPossible);
    let id = recorder.start_from(source, None).unwrap();
    let (_, mut progress) = recorder.progress().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(progress.wait_for(|progress| progress.ended)).unwrap();
    let state = recorder.state();
    assert_eq!(state.take, None);
    let told = state.warnings.iter().find(|warning| warning.code == "stopped_at_cap").unwrap();
    assert!(told.text.starts_with("The recording is safe."), "{}", told.text);
    assert_eq!(state.today[0].id, id);
    assert!(
        (60_000..61_000).contains(&state.today[0].duration_ms),
        "{}",
        state.today[0].duration_ms
    );
    recorder.set_cap_minutes(None).unwrap();
    assert_eq!(recorder.state().cap_minutes, None);
}

#[test]
fn the_upload_speed_is_kept_and_never_so_slow_that_no_segment_arrives() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path());
    let shown = || recorder.state().upload_limit.map(NonZeroU32::get);
    assert_eq!(shown(), None);
    for (set, kept) in [(32_000, Some(32_000)), (1, Some(4_000)), (0, None)] {
        recorder.set_upload_limit(NonZeroU32::new(set)).unwrap();
        assert_eq!(shown(), kept);
    }
}

#[test]
fn a_recording_under_way_is_not_trimmed() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path());
    let source = open_file(forgotten(folder.path()), Pace::Times(0.01));
    let id = recorder.start_from(source, None).unwrap();
    assert!(matches!(recorder.trim(id, Some(1)), Err(RecorderError::StillRecording)));
    recorder.stop().unwrap();
}
