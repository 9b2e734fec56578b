//! The database as it lies on the disk.

use chrono::Utc;
use medrecord_common::PatientText;
use medrecord_common::ids::{PatientId, RecordingId};
use medrecord_common::patient::Patient;
use medrecord_common::recording::{CreateRecording, RecordingKind};

use super::{DatabaseKey, NewRecording, Outbox, OutboxError};

fn recording() -> NewRecording {
    let patient = Patient {
        id: PatientId::new(),
        name: PatientText::from("Quillwort, Ada"),
        mrn: None,
        birth_date: None,
        sex: None,
    };
    let create = CreateRecording {
        kind: RecordingKind::Dictation,
        language: "en".to_owned(),
        patient: Some(patient),
        encounter: None,
        started_at: Utc::now(),
        continues: None,
        replaces: None,
    };
    NewRecording { id: RecordingId::new(), owner: None, create }
}

#[test]
fn what_was_committed_is_there_after_a_reopening_and_nowhere_in_plain_text() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox.db");
    let key = DatabaseKey::generate().unwrap();
    let new = recording();
    // A ramp: sixteen of its samples in a row are found again if they stand there in plain.
    let pcm: Vec<i16> = (0..8_000).collect();
    let outbox = Outbox::open(&path, &key).unwrap();
    outbox.begin(&new).unwrap();
    outbox.append_chunk(new.id, 0, &pcm).unwrap();
    let plain: Vec<u8> = pcm[4_000..4_016].iter().flat_map(|sample| sample.to_le_bytes()).collect();
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(9).any(|window| window == b"Quillwort"));
        assert!(!bytes.windows(plain.len()).any(|window| window == plain));
    }
    drop(outbox);

    let outbox = Outbox::open(&path, &key).unwrap();
    let unfinished = outbox.unfinished().unwrap();
    assert_eq!(unfinished.len(), 1);
    assert_eq!(unfinished[0].id, new.id);
    assert_eq!(unfinished[0].pcm, pcm);
}

#[test]
fn a_wrong_key_is_refused_and_the_file_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox.db");
    let key = DatabaseKey::generate().unwrap();
    drop(Outbox::open(&path, &key).unwrap());
    let before = std::fs::read(&path).unwrap();
    let other = DatabaseKey::generate().unwrap();
    assert!(matches!(Outbox::open(&path, &other), Err(OutboxError::WrongKey)));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert!(Outbox::open(&path, &key).is_ok());
}
