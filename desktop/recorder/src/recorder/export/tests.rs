//! Files that are written whole or not at all, of a real recording.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use medrecord_common::audio::flac;
use medrecord_common::ids::RecordingId;
use medrecord_common::workstation::AudioFormat;

use crate::outbox::{NewRecording, OutboxError, TRASH};
use crate::recorder::{Recorder, RecorderConfig, RecorderError};
use crate::vault::MemoryStore;

fn open(folder: &Path) -> Recorder {
    let secrets = Arc::new(MemoryStore::default());
    Recorder::open(RecorderConfig { data_dir: folder.join("data"), secrets, key_file: false })
        .unwrap()
}

/// Under way, all of it in chunks.
fn recording(recorder: &Recorder) -> (RecordingId, Vec<i16>) {
    let NewRecording { id, owner, create } = recorder.new_recording(None).unwrap();
    let pcm: Vec<i16> = (0..24_000).map(|n| (n % 3_000) as i16).collect();
    recorder.outbox().begin(&NewRecording { id, owner, create }).unwrap();
    recorder.outbox().append_chunk(id, 0, &pcm).unwrap();
    (id, pcm)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_recording_under_way_is_exported_as_wav_and_as_flac() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path());
    let (id, pcm) = recording(&recorder);
    let (wav, compressed) = (folder.path().join("a.wav"), folder.path().join("a.flac"));
    recorder.export(id, &wav, AudioFormat::Wav).unwrap();
    recorder.export(id, &compressed, AudioFormat::Flac).unwrap();
    let mut reader = hound::WavReader::open(&wav).unwrap();
    assert_eq!(reader.samples::<i16>().map(Result::unwrap).collect::<Vec<_>>(), pcm);
    assert_eq!(flac::decode(&fs::read(&compressed).unwrap()).unwrap(), pcm);
    assert_eq!(names(folder.path()), ["a.flac", "a.wav", "data"], "nothing is left beside them");
}

#[test]
fn an_export_never_overwrites_another_one_and_names_no_patient() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path());
    let (id, _) = recording(&recorder);
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let first = recorder.export_into(id, &out, AudioFormat::Wav).unwrap();
    let second = recorder.export_into(id, &out, AudioFormat::Wav).unwrap();
    assert_ne!(first, second);
    assert_eq!(fs::read(first).unwrap(), fs::read(second).unwrap());
    assert!(names(&out).iter().all(|name| name.starts_with("medrecord-2")), "{:?}", names(&out));
}

#[test]
fn what_cannot_be_written_leaves_nothing_and_says_that_the_recording_is_safe() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path());
    let (id, _) = recording(&recorder);
    let error =
        recorder.export(id, &folder.path().join("no/such.wav"), AudioFormat::Wav).unwrap_err();
    assert!(error.to_string().ends_with("The recording is safe on this computer."), "{error}");
    let error = recorder.export(id, &folder.path().join("a.bin"), AudioFormat::Original);
    assert!(matches!(error, Err(RecorderError::NoOriginal)));
    let unknown = recorder.export(RecordingId::new(), &folder.path().join("a"), AudioFormat::Wav);
    assert!(matches!(unknown, Err(RecorderError::Outbox(OutboxError::UnknownRecording(_)))));
    assert_eq!(names(folder.path()), ["data"]);
}

#[test]
fn a_stretch_is_played_from_memory() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path());
    let (id, pcm) = recording(&recorder);
    let bytes = recorder.wav(id, 8_000..99_000).unwrap();
    let mut reader = hound::WavReader::new(&bytes[..]).unwrap();
    assert_eq!(reader.samples::<i16>().map(Result::unwrap).collect::<Vec<_>>(), pcm[8_000..]);
}

#[test]
fn an_imported_file_is_kept_as_it_was_and_goes_with_its_audio() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/import/note.opus");
    let imported = recorder.import(&file, None).unwrap();
    assert_eq!(imported.broken_at_ms, None);
    let row = &recorder.recordings().unwrap()[0];
    assert_eq!((row.id, row.duration_ms / 100), (imported.recording, 40));
    assert_eq!(row.original.as_ref().unwrap().as_str(), "note.opus");
    let out = recorder.export_into(row.id, folder.path(), AudioFormat::Original).unwrap();
    assert_eq!(fs::read(&out).unwrap(), fs::read(&file).unwrap());
    assert!(out.extension().is_some_and(|extension| extension == "opus"));
    let bytes = fs::read(&file).unwrap();
    let again = recorder.import_bytes("voice message.opus", bytes, None).unwrap().recording;
    assert_eq!(
        recorder.wav(again, 0..u64::MAX).unwrap(),
        recorder.wav(row.id, 0..u64::MAX).unwrap()
    );
    recorder.discard(row.id).unwrap();
    recorder.outbox().purge(chrono::Utc::now() + TRASH).unwrap();
    assert!(recorder.outbox().original(row.id).unwrap().is_none());
}
