//! The lock of the window, with its time injected.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use medrecord_common::ids::ClinicianId;
use secrecy::SecretString;

use super::{FREE_FAILURES, LONGEST_WAIT, wait};
use crate::audio::{Pace, open_file};
use crate::outbox::StoredPin;
use crate::outbox::tests::account;
use crate::recorder::tests::{hale, open};
use crate::recorder::{Recorder, RecorderError};
use crate::testing::tone;

fn pin(text: &str) -> SecretString {
    SecretString::from(text)
}

fn noon() -> DateTime<Utc> {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

/// A workstation of two, each with a PIN of their own; the second one uses it.
fn two_clinicians(folder: &std::path::Path) -> (Recorder, ClinicianId, ClinicianId) {
    let recorder = open(folder, &Arc::default()).unwrap();
    let (first, second) = (account(), account());
    for (account, own) in [(&first, "1111"), (&second, "2222")] {
        recorder.outbox().enrol(account).unwrap();
        recorder.set_pin(&pin(own)).unwrap();
    }
    (recorder, first.clinician, second.clinician)
}

#[test]
fn a_lock_hides_everything_and_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (recorder, _, second) = two_clinicians(folder.path());
    let earlier = recorder.import(&tone(folder.path(), 2), Some(hale())).unwrap().recording;
    let source = open_file(tone(folder.path(), 2), Pace::Times(0.1));
    recorder.start_from(source, Some(hale())).unwrap();
    recorder.lock().unwrap();
    let state = recorder.state();
    assert!(state.locked);
    assert!(state.today.is_empty());
    assert_eq!(state.take.as_ref().unwrap().patient, None);
    assert!(!serde_json::to_string(&state).unwrap().contains("Hale"));
    assert_eq!(recorder.recordings().unwrap_err().code(), "locked");
    assert_eq!(recorder.set_patient(earlier, hale()).unwrap_err().code(), "locked");
    assert_eq!(recorder.retry(earlier).unwrap_err().code(), "locked");
    assert_eq!(recorder.set_pin(&pin("3333")).unwrap_err().code(), "locked");
    recorder.pause().unwrap();
    recorder.resume().unwrap();
    recorder.unlock(second, &pin("2222"), noon()).unwrap();
    let state = recorder.state();
    assert_eq!(state.today.len(), 2);
    assert_eq!(state.take.unwrap().patient.unwrap().name.as_str(), "Hale");
    recorder.stop().unwrap();
}

#[test]
fn another_clinician_takes_over_while_the_recording_goes_on_and_sees_nothing_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let (recorder, first, second) = two_clinicians(folder.path());
    let source = open_file(tone(folder.path(), 2), Pace::Times(0.1));
    let id = recorder.start_from(source, Some(hale())).unwrap();
    recorder.unlock(first, &pin("1111"), noon()).unwrap();
    let state = recorder.state();
    assert_eq!(state.account.as_ref().unwrap().clinician, first);
    assert!(state.today.is_empty());
    let take = state.take.as_ref().unwrap();
    assert_eq!((take.recording, take.patient.as_ref()), (id, None));
    assert!(take.whose.is_some());
    assert!(!serde_json::to_string(&state).unwrap().contains("Hale"));
    let error = recorder.set_patient(id, hale()).unwrap_err();
    assert!(matches!(error, RecorderError::UnknownRecording(_)), "{error}");
    recorder.stop().unwrap();
    recorder.unlock(second, &pin("2222"), noon()).unwrap();
    assert_eq!(recorder.state().today[0].id, id, "kept for whoever spoke");
}

#[test]
fn a_window_with_a_pin_is_locked_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = Arc::default();
    let recorder = open(folder.path(), &secrets).unwrap();
    recorder.outbox().enrol(&account()).unwrap();
    assert_eq!(recorder.lock().unwrap_err().code(), "no_pin");
    assert_eq!(recorder.set_pin(&pin("12")).unwrap_err().code(), "pin_too_short");
    recorder.set_pin(&pin("1234")).unwrap();
    drop(recorder);
    assert!(open(folder.path(), &secrets).unwrap().state().locked);
}

#[test]
fn wrong_pins_take_longer_and_longer() {
    let folder = tempfile::tempdir().unwrap();
    let (recorder, first, _) = two_clinicians(folder.path());
    for _ in 0..FREE_FAILURES {
        let error = recorder.unlock(first, &pin("0000"), noon()).unwrap_err();
        assert!(matches!(error, RecorderError::WrongPin), "{error}");
    }
    let error = recorder.unlock(first, &pin("1111"), noon()).unwrap_err();
    assert!(matches!(error, RecorderError::PinLater { minutes: 1 }), "{error}");
    recorder.unlock(first, &pin("1111"), noon() + TimeDelta::seconds(31)).unwrap();
    assert_eq!(recorder.inner.outbox.pin(first).unwrap().unwrap().failures, 0);
}

#[test]
fn the_wait_doubles_and_has_an_end() {
    let after =
        |failures| wait(&StoredPin { hash: None, failures, failed_at: Some(noon()) }, noon());
    assert_eq!(after(FREE_FAILURES - 1), None);
    assert_eq!(after(FREE_FAILURES), Some(TimeDelta::seconds(30)));
    assert_eq!(after(FREE_FAILURES + 2), Some(TimeDelta::seconds(120)));
    assert_eq!(after(FREE_FAILURES + 500), Some(LONGEST_WAIT));
}
