//! The façade on a real outbox, without a server.

use std::path::Path;
use std::sync::Arc;

use medrecord_common::patient::Patient;
use medrecord_common::workstation::{CommandError, Connection, LocalState};

use super::{Recorder, RecorderConfig, RecorderError};
use crate::audio::{Pace, open_file};
use crate::testing::{patient, tone};
use crate::vault::MemoryStore;

pub(crate) fn open(folder: &Path, secrets: &Arc<MemoryStore>) -> Result<Recorder, RecorderError> {
    let secrets = Arc::clone(secrets) as Arc<_>;
    Recorder::open(RecorderConfig { data_dir: folder.join("data"), secrets, key_file: false })
}

pub(super) fn hale() -> Patient {
    patient("Hale")
}

#[test]
fn recording_needs_no_server_and_no_account() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path(), &Arc::default()).unwrap();
    assert_eq!(recorder.state().connection, Connection::NotEnrolled);
    let source = open_file(tone(folder.path(), 2), Pace::AsFastAsPossible);
    let id = recorder.start_from(source, Some(hale())).unwrap();
    recorder.set_patient(id, Patient { name: "Hale, Robert".into(), ..hale() }).unwrap();
    recorder.stop().unwrap();
    let state = recorder.state();
    assert_eq!(state.take, None);
    assert_eq!(state.today.len(), 1);
    assert_eq!(state.today[0].state, LocalState::Waiting);
    assert_eq!(state.today[0].patient.as_ref().unwrap().name.as_str(), "Hale, Robert");
    assert_eq!(recorder.recordings().unwrap(), state.today);
}

#[test]
fn one_recording_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path(), &Arc::default()).unwrap();
    let error: CommandError = recorder.stop().unwrap_err().into();
    assert_eq!(error.code, "not_recording");
    let slow = || open_file(tone(folder.path(), 2), Pace::Times(0.1));
    let id = recorder.start_from(slow(), None).unwrap();
    let error = recorder.start_from(slow(), None).unwrap_err();
    assert_eq!(error.code(), "already_recording");
    assert_eq!(recorder.state().take.unwrap().recording, id);
    recorder.stop().unwrap();
}

#[test]
fn a_second_program_is_told_that_the_first_one_runs() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = Arc::default();
    let first = open(folder.path(), &secrets).unwrap();
    let error = open(folder.path(), &secrets).err().unwrap();
    assert!(matches!(error, RecorderError::InUse), "{error}");
    drop(first);
    open(folder.path(), &secrets).unwrap();
}

#[test]
fn what_nobody_stopped_is_recovered_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = Arc::default();
    let recorder = open(folder.path(), &secrets).unwrap();
    let new = recorder.new_recording(None).unwrap();
    recorder.outbox().begin(&new).unwrap();
    recorder.outbox().append_chunk(new.id, 0, &[100; 24_000]).unwrap();
    drop(recorder);
    let recorder = open(folder.path(), &secrets).unwrap();
    assert_eq!(recorder.recovered(), [new.id]);
    let state = recorder.state();
    assert!(state.today[0].recovered);
    assert_eq!((state.today[0].duration_ms, state.today[0].segments), (1_500, 1));
    let warning = state.warnings.iter().find(|warning| warning.code == "recovered").unwrap();
    assert!(warning.text.contains("Everything up to 00:01 was kept"), "{}", warning.text);
    drop(recorder);
    assert!(open(folder.path(), &secrets).unwrap().recovered().is_empty(), "once");
}

#[test]
fn a_lost_key_is_said_and_makes_no_new_one() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path(), &Arc::default()).unwrap());
    let error = open(folder.path(), &Arc::default()).err().unwrap();
    assert_eq!(error.code(), "key_missing");
}

#[test]
fn diagnostics_name_numbers_and_codes_but_no_patient() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path(), &Arc::default()).unwrap();
    let id = recorder.import(&tone(folder.path(), 2), Some(hale())).unwrap().recording;
    let earlier = Patient { name: "Quintessa Yarrow".into(), ..hale() };
    recorder.set_patient(id, earlier).unwrap();
    recorder.set_patient(id, hale()).unwrap();
    recorder.outbox().set_note_text(id, &"Plan: rest for two weeks at home".into()).unwrap();
    let log = crate::logging::folder(&folder.path().join("data"));
    std::fs::create_dir_all(&log).unwrap();
    let lines = "INFO fine\nWARN for Yarrow\nWARN rest for two weeks\nINFO the last\n";
    std::fs::write(log.join("medrecord.2026-11-24.log"), lines).unwrap();
    let text = recorder.diagnostics("2026-11-24T12:00:00Z".parse().unwrap()).unwrap();
    for secret in ["Hale", "Yarrow", "Quintessa", "two weeks"] {
        assert!(!text.contains(secret), "{text}");
    }
    for told in ["connection NotEnrolled", "recordings finished 1", "INFO fine", "INFO the last"] {
        assert!(text.contains(told), "{text}");
    }
    assert_eq!(text.matches("left out").count(), 2, "{text}");
}

#[test]
fn a_damaged_database_is_salvaged_and_the_clinician_told() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = Arc::default();
    let recorder = open(folder.path(), &secrets).unwrap();
    let source = open_file(tone(folder.path(), 2), Pace::AsFastAsPossible);
    let id = recorder.start_from(source, Some(hale())).unwrap();
    recorder.stop().unwrap();
    drop(recorder);
    let path = folder.path().join("data/outbox.db");
    let bytes = std::fs::read(&path).unwrap();
    // Some of the last pages are free; the first one from the end that is missed holds audio.
    let is_missed = |page: &usize| {
        let mut damaged = bytes.clone();
        damaged[page * 4_096 + 100] ^= 1;
        std::fs::write(&path, damaged).unwrap();
        let recorder = open(folder.path(), &secrets).unwrap();
        let export = recorder.outbox().export_pcm::<crate::outbox::OutboxError>(id, |_| Ok(()));
        let is_told = recorder.state().warnings.iter().any(|warning| warning.code == "damaged");
        assert_eq!(is_told, export.is_err());
        is_told
    };
    (0..bytes.len() / 4_096).rev().find(is_missed).expect("audio has pages");
    let recorder = open(folder.path(), &secrets).unwrap();
    let state = recorder.state();
    let warning = state.warnings.iter().find(|warning| warning.code == "salvaged").unwrap();
    assert!(warning.text.contains("kept for 30 days as outbox.damaged-"), "{}", warning.text);
    assert_eq!(state.today[0].patient.as_ref().unwrap().name.as_str(), "Hale");
    let source = open_file(tone(folder.path(), 2), Pace::AsFastAsPossible);
    recorder.start_from(source, None).unwrap();
    recorder.stop().unwrap();
}
