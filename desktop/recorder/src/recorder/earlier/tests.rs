//! A new recording that belongs to an earlier one leaves that as it is.

use std::path::Path;
use std::sync::Arc;

use medrecord_common::ids::RecordingId;
use medrecord_common::recording::Stretch;

use crate::audio::{OpenSource, Pace, open_file};
use crate::recorder::{Earlier, Recorder, RecorderConfig, RecorderError};
use crate::testing::{patient, tone};
use crate::vault::MemoryStore;

fn open(folder: &Path) -> Recorder {
    let secrets = Arc::new(MemoryStore::default());
    Recorder::open(RecorderConfig { data_dir: folder.join("data"), secrets, key_file: false })
        .unwrap()
}

/// A second of sound, as slow as `speed` says.
fn source(folder: &Path, speed: f64) -> OpenSource {
    open_file(tone(folder, 1), Pace::Times(speed))
}

fn first(recorder: &Recorder, folder: &Path) -> RecordingId {
    let path = folder.join("tone.wav");
    drop(source(folder, 1.0));
    recorder.import(&path, Some(patient("Hale"))).unwrap().recording
}

#[test]
fn a_continued_recording_is_a_new_one_about_the_same_patient() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path());
    let first = first(&recorder, folder.path());
    let id = recorder.start_after(source(folder.path(), 10.0), Earlier::Continued(first)).unwrap();
    let take = recorder.state().take;
    assert!(take.is_none_or(|take| take.continues == Some(first)));
    recorder.stop().unwrap();
    let rows = recorder.recordings().unwrap();
    let (new, old) = (&rows[0], &rows[1]);
    assert_eq!((new.id, new.continues, old.id), (id, Some(first), first));
    assert_eq!(new.patient, old.patient);
    assert_eq!(old.duration_ms, 1_000, "the earlier one stays as it was");
}

#[test]
fn what_says_a_stretch_again_names_it_and_it_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path());
    let first = first(&recorder, folder.path());
    let stretch = Stretch { recording: first, start: 8_000, samples: 8_000 };
    for wrong in [
        Stretch { samples: 0, ..stretch },
        Stretch { samples: 8_001, ..stretch },
        Stretch { start: u64::MAX, ..stretch },
    ] {
        let started = recorder.start_after(source(folder.path(), 10.0), Earlier::Replaced(wrong));
        assert!(matches!(started, Err(RecorderError::NoSuchStretch)), "{wrong:?}");
    }
    let id = recorder.start_after(source(folder.path(), 10.0), Earlier::Replaced(stretch)).unwrap();
    recorder.stop().unwrap();
    let row = recorder.recordings().unwrap().into_iter().find(|row| row.id == id).unwrap();
    assert_eq!(row.replaces, Some(stretch));
}

#[test]
fn a_recording_under_way_cannot_be_continued_or_discarded() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path());
    let id = recorder.start_from(source(folder.path(), 0.01), None).unwrap();
    let again = recorder.start_after(source(folder.path(), 1.0), Earlier::Continued(id));
    assert!(matches!(again, Err(RecorderError::StillRecording)));
    assert!(matches!(recorder.discard(id), Err(RecorderError::StillRecording)));
    recorder.stop().unwrap();
    recorder.discard(id).unwrap();
    assert!(recorder.recordings().unwrap().is_empty());
    assert_eq!(recorder.trash().unwrap()[0].id, id);
    recorder.restore(id).unwrap();
    assert_eq!(recorder.recordings().unwrap()[0].id, id);
}
