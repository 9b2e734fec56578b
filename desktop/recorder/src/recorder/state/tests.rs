//! What the state says of whom is believed, and what it costs the database.

use std::sync::Arc;

use medrecord_common::ids::ClinicianId;

use crate::audio::{Pace, open_file};
use crate::outbox::Account;
use crate::outbox::overview::tests::statements;
use crate::outbox::tests::account;
use crate::recorder::Recorder;
use crate::recorder::tests::{hale, open};
use crate::testing::tone;

fn add(recorder: &Recorder, recordings: usize) {
    for _ in 0..recordings {
        let new = recorder.new_recording(Some(hale())).unwrap();
        recorder.outbox().begin(&new).unwrap();
        recorder.outbox().append_chunk(new.id, 0, &[100; 8_000]).unwrap();
    }
}

#[test]
fn a_state_asks_as_much_of_the_database_for_a_hundred_recordings_as_for_one() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path(), &Arc::default()).unwrap();
    add(&recorder, 1);
    let one = statements(recorder.outbox(), || assert_eq!(recorder.state().today.len(), 1));
    add(&recorder, 99);
    let hundred = statements(recorder.outbox(), || assert_eq!(recorder.state().today.len(), 100));
    assert_eq!(one, hundred);
    assert!(one < 30, "{one}");
}

#[test]
fn a_state_in_which_nothing_changed_asks_nothing_of_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path(), &Arc::default()).unwrap();
    add(&recorder, 3);
    let before = recorder.state();
    let asked = statements(recorder.outbox(), || assert_eq!(recorder.state(), before));
    assert_eq!(asked, 0);
    let id = before.today[0].id;
    recorder.set_patient(id, hale()).unwrap();
    recorder.outbox().set_wedged(id, Some("refused")).unwrap();
    assert_ne!(recorder.state(), before, "what changed is seen");
}

#[test]
fn chunks_of_the_recording_under_way_are_shown_without_being_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path(), &Arc::default()).unwrap();
    let slow = open_file(tone(folder.path(), 2), Pace::Times(1.0));
    let id = recorder.start_from(slow, None).unwrap();
    let (_, mut progress) = recorder.progress().unwrap();
    drop(recorder.state());
    let wait = progress.wait_for(|progress| progress.on_disk_samples >= 8_000);
    drop(futures::executor::block_on(wait).unwrap());
    let row = |state: medrecord_common::workstation::Workstation| {
        state.today.into_iter().find(|row| row.id == id).unwrap()
    };
    assert!(row(recorder.state()).duration_ms >= 500);
    recorder.stop().unwrap();
    let shown = row(recorder.state()).duration_ms;
    assert_eq!(shown, row(recorder.state()).duration_ms);
    assert_eq!(shown, recorder.outbox().samples(id).unwrap() / 16);
}

#[test]
fn an_authority_of_the_clinics_own_is_shown_to_whom_it_is_to_change() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path(), &Arc::default()).unwrap();
    let outbox = recorder.outbox();
    let sender = account();
    let server = sender.server.as_str();
    let shown = || recorder.state().own_authorities;
    assert!(shown().is_empty());
    outbox.set_authority(server, Some("what the file said")).unwrap();
    assert_eq!(shown(), [server], "nobody sends there yet");
    outbox.enrol(&sender).unwrap();
    assert_eq!(shown(), [server]);
    recorder.set_pin(&"1111".into()).unwrap();
    recorder.lock().unwrap();
    assert!(shown().is_empty(), "nobody is there");
    recorder.unlock(sender.clinician, &"1111".into(), chrono::Utc::now()).unwrap();
    assert_eq!(shown(), [server]);
    let elsewhere = "https://elsewhere.example".to_owned();
    let stranger = Account { clinician: ClinicianId::new(), server: elsewhere, ..sender.clone() };
    outbox.enrol(&stranger).unwrap();
    assert!(shown().is_empty(), "it is for those who send there to change");
    outbox.enrol(&sender).unwrap();
    outbox.set_authority(server, None).unwrap();
    assert!(shown().is_empty());
}
