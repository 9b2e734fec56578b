//! The rule over all that decides, and the recorder that keeps to it.

use std::io::Write as _;
use std::sync::Arc;

use medrecord_common::workstation::{AudioFormat, LocalState, TakeState};

use super::{Situation, UpdateError};
use crate::audio::{Pace, open_file};
use crate::recorder::tests::open;
use crate::recorder::{Recorder, RecorderError};
use crate::testing::tone;

/// What of all this is in the way, worst first; and a recording under way before all.
const IN_THE_WAY: [(Situation, UpdateError); 5] = [
    (Situation { unfinished: true, ..NOTHING }, UpdateError::Unfinished),
    (Situation { exporting: true, ..NOTHING }, UpdateError::Exporting),
    (Situation { beside: true, ..NOTHING }, UpdateError::Beside),
    (Situation { damaged: true, ..NOTHING }, UpdateError::Damaged),
    (Situation { missing_megabytes: 12, ..NOTHING }, UpdateError::NoRoom { megabytes: 12 }),
];

const NOTHING: Situation = Situation {
    take: None,
    unfinished: false,
    exporting: false,
    damaged: false,
    beside: false,
    missing_megabytes: 0,
};

fn both(one: Situation, other: Situation) -> Situation {
    Situation {
        take: one.take.or(other.take),
        unfinished: one.unfinished || other.unfinished,
        exporting: one.exporting || other.exporting,
        damaged: one.damaged || other.damaged,
        beside: one.beside || other.beside,
        missing_megabytes: one.missing_megabytes.max(other.missing_megabytes),
    }
}

#[test]
fn a_version_gives_way_only_when_nothing_is_in_the_way() {
    assert_eq!(NOTHING.hindrance(), None);
    for (at, (situation, hindrance)) in IN_THE_WAY.into_iter().enumerate() {
        assert_eq!(situation.hindrance(), Some(hindrance));
        for (less, _) in IN_THE_WAY.into_iter().skip(at) {
            assert_eq!(both(situation, less).hindrance(), Some(hindrance), "worst first");
        }
        for (take, said) in [
            (TakeState::Starting, UpdateError::Recording),
            (TakeState::Recording, UpdateError::Recording),
            (TakeState::Paused, UpdateError::Paused),
        ] {
            let recording = Situation { take: Some(take), ..NOTHING };
            assert_eq!(recording.hindrance(), Some(said));
            assert_eq!(both(recording, situation).hindrance(), Some(said));
        }
    }
}

/// The texts of `docs/failures.md`.
#[test]
fn a_refusal_says_what_is_safe_what_is_in_the_way_and_what_to_do() {
    for (error, text) in [
        (
            UpdateError::Recording,
            "Recording goes on; nothing was installed. MedRecord is not updated while it records: press Stop, then install.",
        ),
        (
            UpdateError::Paused,
            "The recording is kept and still paused; nothing was installed. Go on with it or press Stop, then install.",
        ),
        (
            UpdateError::Unfinished,
            "Nothing was installed: a recording is not finished yet, or a file is being imported. What is there of it is kept. Install when it is done; if it stays so, close MedRecord and start it again.",
        ),
        (
            UpdateError::Exporting,
            "Nothing was installed: a recording is being exported to a file. All recordings are safe. Install when the file is saved.",
        ),
        (
            UpdateError::Damaged,
            "Nothing was installed: a part of the recordings on this computer cannot be read. The rest is safe. Close MedRecord and start it again: it repairs what it can. Then install.",
        ),
        (
            UpdateError::Beside,
            "Nothing was installed: this computer's keyring is locked, and what you recorded since can join the others only while MedRecord runs. It is kept. Unlock the keyring, then install.",
        ),
        (
            UpdateError::NoRoom { megabytes: 12 },
            "Nothing was installed, and all recordings are safe. A new version copies them before it changes anything, and this disk has no room for the copy. Free 12 MB, then install.",
        ),
    ] {
        assert_eq!(error.to_string(), text);
    }
    assert_eq!(
        RecorderError::Updating.to_string(),
        "A new version of MedRecord is being installed. What is recorded is kept; try again when MedRecord has started anew, in a moment."
    );
}

fn refusal(recorder: &Recorder) -> UpdateError {
    match recorder.hold_for_update().err() {
        Some(RecorderError::NotUpdated(why)) => why,
        Some(other) => panic!("{other}"),
        None => panic!("an update may begin"),
    }
}

#[test]
fn nothing_is_installed_from_record_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path(), &Arc::default()).unwrap();
    let slow = open_file(tone(folder.path(), 4), Pace::Times(0.5));
    recorder.start_from(slow, None).unwrap();
    assert_eq!(refusal(&recorder), UpdateError::Recording);
    recorder.pause().unwrap();
    let (_, mut progress) = recorder.progress().unwrap();
    while progress.borrow_and_update().state != TakeState::Paused {
        std::thread::yield_now();
    }
    assert_eq!(refusal(&recorder), UpdateError::Paused);
    recorder.stop().unwrap();
    assert_eq!(recorder.state().today[0].state, LocalState::Waiting, "it was not sent");
    recorder.require_updatable().unwrap();
}

#[test]
fn what_is_not_closed_in_the_outbox_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path(), &Arc::default()).unwrap();
    let new = recorder.new_recording(None).unwrap();
    recorder.outbox().begin(&new).unwrap();
    assert_eq!(refusal(&recorder), UpdateError::Unfinished);
    let started = recorder.require_no_update().unwrap();
    assert_eq!(refusal(&recorder), UpdateError::Unfinished, "before it is in the outbox");
    drop(started);
}

#[test]
fn an_export_is_waited_for_until_its_file_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path(), &Arc::default()).unwrap();
    let file = folder.path().join("a.wav");
    let written = recorder.write_whole(&file, |out| {
        out.write_all(b"half of it").map_err(RecorderError::File)?;
        assert_eq!(refusal(&recorder), UpdateError::Exporting);
        assert!(recorder.require_updatable().is_err(), "nor is it fetched");
        Ok(())
    });
    written.unwrap();
    assert!(file.exists());
    drop(recorder.hold_for_update().unwrap());
    let broken_off = recorder.write_whole(&file, |_| Err(RecorderError::NoOriginal));
    assert_eq!(broken_off.unwrap_err().code(), "no_original");
    recorder.require_updatable().unwrap();
}

#[test]
fn without_room_for_the_copy_that_the_next_version_makes_nothing_is_installed() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path(), &Arc::default()).unwrap();
    recorder.inner.space.measure_by(|_| Ok(0));
    assert!(matches!(refusal(&recorder), UpdateError::NoRoom { megabytes: 65.. }));
}

#[test]
fn while_an_update_is_installed_nothing_begins_to_be_recorded_or_exported() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path(), &Arc::default()).unwrap();
    let tone = tone(folder.path(), 2);
    let start = || recorder.start_from(open_file(tone.clone(), Pace::AsFastAsPossible), None);
    let earlier = recorder.import(&tone, None).unwrap().recording;
    let export = || recorder.export_into(earlier, folder.path(), AudioFormat::Flac);
    let hold = recorder.hold_for_update().unwrap();
    assert_eq!(start().unwrap_err().code(), "updating");
    assert_eq!(recorder.import(&tone, None).unwrap_err().code(), "updating");
    assert_eq!(export().unwrap_err().code(), "updating");
    assert_eq!(recorder.hold_for_update().err().unwrap().code(), "updating");
    drop(hold);
    assert!(export().unwrap().exists());
    start().unwrap();
    recorder.stop().unwrap();
}
