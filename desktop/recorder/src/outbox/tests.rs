//! The outbox on a real SQLCipher database in a folder of its own.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use medrecord_common::audio::flac;
use medrecord_common::ids::{ClinicianId, DeviceId, NoteId, RecordingId};
use medrecord_common::manifest;
use medrecord_common::receipt::{Receipt, ReceiptKey};
use medrecord_common::recording::{ChangeKind, Gap, GapReason, Stage};
use medrecord_common::segment::{Digest, SegmentHeader};

use super::{Account, DatabaseKey, NewRecording, Outbox, OutboxError, RETENTION, RecordingState};
use crate::sync::receipt::tests::Signer;
use crate::sync::receipt::{VerifiedReceipt, verify};
use crate::testing::{new_recording, patient};

pub(super) struct Bench {
    pub(super) outbox: Outbox,
    key: DatabaseKey,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Bench {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("outbox.db");
        let key = DatabaseKey::generate().unwrap();
        Self { outbox: Outbox::open(&path, &key).unwrap(), key, path, _folder: folder }
    }

    pub(super) fn begin(&self) -> RecordingId {
        let new = new_recording();
        self.outbox.begin(&new).unwrap();
        new.id
    }

    pub(super) fn cut(&self, id: RecordingId, start: u64, pcm: &[i16], rest: &[i16]) -> u32 {
        let flac = flac::encode(pcm).unwrap();
        let header = SegmentHeader { start, samples: pcm.len() as u32, speech: 0, peak: 0 };
        self.outbox.cut_segment(id, header, &flac, Digest::of(&flac), rest).unwrap()
    }

    fn pcm(&self, id: RecordingId) -> Vec<i16> {
        let mut pcm = Vec::new();
        self.outbox
            .export_pcm::<OutboxError>(id, |piece| {
                pcm.extend_from_slice(piece);
                Ok(())
            })
            .unwrap();
        pcm
    }

    /// A finished recording of one segment.
    pub(super) fn finished(&self) -> RecordingId {
        let id = self.begin();
        self.cut(id, 0, &ramp(0, 16_000), &[]);
        self.outbox.finish(id, false).unwrap();
        id
    }

    pub(super) fn receipt(&self, id: RecordingId) -> VerifiedReceipt {
        let signer = Signer::new("k1");
        let text = self.outbox.manifest(id).unwrap();
        let list = self.outbox.segments(id).unwrap();
        let list: Vec<_> = list.iter().map(|entry| (entry.header, entry.digest)).collect();
        let receipt = Receipt {
            recording: id,
            manifest: Digest::of(text.as_bytes()).to_string(),
            segments: list.len() as u32,
            gaps: 0,
            samples: manifest::samples(&list, &[]),
            iat: 0,
        };
        verify(&signer.sign(&receipt), &[signer.public], id, &text).unwrap()
    }
}

pub(crate) fn account() -> Account {
    Account {
        clinician: ClinicianId::new(),
        device: DeviceId::new(),
        server: "https://medrecord.example".to_owned(),
        email: "okafor@clinic.example".to_owned(),
        name: "Dr. Okafor".to_owned(),
        device_name: "Room 4".to_owned(),
        receipt_keys: vec![ReceiptKey { kid: "k1".to_owned(), x: String::new() }],
    }
}

pub(super) fn ramp(from: i16, samples: usize) -> Vec<i16> {
    (0..samples).map(|n| from.wrapping_add(n as i16)).collect()
}

pub(super) fn now() -> DateTime<Utc> {
    "2026-11-24T09:00:00Z".parse().unwrap()
}

fn files_of(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    bytes
}

#[test]
fn no_plain_text_is_on_the_disk() {
    let bench = Bench::new();
    let id = bench.begin();
    let change = ChangeKind::Patient { patient: patient("Zygodactyl") };
    bench.outbox.add_change(id, now(), change).unwrap();
    let spoken = b"Brachylogous.. ".map(i16::from).repeat(100);
    let bytes: Vec<u8> = spoken.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    bench.outbox.append_chunk(id, 0, &spoken).unwrap();
    let disk = files_of(&bench.path);
    let contains = |needle: &[u8]| disk.windows(needle.len()).any(|window| window == needle);
    assert!(!contains(b"SQLite format 3"), "the file begins with its salt");
    assert!(!contains(b"Zygodactyl"));
    assert!(!contains(&bytes[..30]), "not even samples");
}

#[test]
fn another_key_is_refused_and_changes_nothing() {
    let bench = Bench::new();
    let id = bench.finished();
    let before = files_of(&bench.path);
    let other = DatabaseKey::generate().unwrap();
    let error = Outbox::open(&bench.path, &other).err().unwrap();
    assert!(matches!(error, OutboxError::WrongKey), "{error}");
    assert_eq!(files_of(&bench.path).len(), before.len());
    assert_eq!(bench.pcm(id), ramp(0, 16_000));
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox.db");
    std::fs::write(&path, vec![7; 8_192]).unwrap();
    let error = Outbox::open(&path, &DatabaseKey::generate().unwrap()).err().unwrap();
    assert_eq!(error.code(), "wrong_key");
}

#[test]
fn a_newer_schema_is_left_alone() {
    let bench = Bench::new();
    bench
        .outbox
        .write(|transaction| Ok(transaction.pragma_update(None, "user_version", 99)?))
        .unwrap();
    let error = Outbox::open(&bench.path, &bench.key).err().unwrap();
    assert!(matches!(error, OutboxError::Newer(99)), "{error}");
}

#[test]
fn every_commit_is_synced_to_the_disk() {
    let bench = Bench::new();
    let pragma = |name: &str| -> String {
        let sql = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
        bench.outbox.read(|db| Ok(db.query_row(&sql, [], |row| row.get(0))?)).unwrap()
    };
    assert_eq!(pragma("journal_mode"), "wal");
    assert_eq!(pragma("synchronous"), "2", "FULL");
    assert_eq!(pragma("foreign_keys"), "1");
}

#[test]
fn everything_is_there_after_opening_again() {
    let bench = Bench::new();
    let id = bench.begin();
    bench.cut(id, 0, &ramp(0, 16_000), &ramp(100, 50));
    bench.outbox.append_chunk(id, 16_050, &ramp(200, 8_000)).unwrap();
    let again = Outbox::open(&bench.path, &bench.key).unwrap();
    let unfinished = again.unfinished().unwrap();
    assert_eq!(unfinished.len(), 1);
    assert_eq!((unfinished[0].id, unfinished[0].pcm_start), (id, 16_000));
    assert_eq!(unfinished[0].next_sample, 24_050);
    assert_eq!(unfinished[0].pcm, [ramp(100, 50), ramp(200, 8_000)].concat());
}

#[test]
fn a_cut_puts_the_segment_in_the_chunks_place() {
    let bench = Bench::new();
    let id = bench.begin();
    bench.outbox.append_chunk(id, 0, &ramp(0, 8_000)).unwrap();
    bench.outbox.append_chunk(id, 8_000, &ramp(0, 8_000)).unwrap();
    assert_eq!(bench.cut(id, 0, &ramp(0, 8_000), &ramp(0, 8_000)), 0);
    assert_eq!(bench.outbox.unfinished().unwrap()[0].pcm, ramp(0, 8_000));
    assert_eq!(bench.cut(id, 8_000, &ramp(0, 8_000), &[]), 1);
    assert!(bench.outbox.unfinished().unwrap()[0].pcm.is_empty());
    assert_eq!(bench.pcm(id), [ramp(0, 8_000), ramp(0, 8_000)].concat());
}

#[test]
fn an_acknowledged_segments_audio_is_not_written_again() {
    let bench = Bench::new();
    let id = bench.begin();
    let mut noise = 1_u32;
    let mut next = || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (noise >> 16) as i16
    };
    let pcm: Vec<i16> = (0..100_000).map(|_| next()).collect();
    let log = || std::fs::metadata(bench.path.with_extension("db-wal")).unwrap().len();
    let seq = bench.cut(id, 0, &pcm, &[]);
    let before = log();
    assert!(before > 200_000, "the audio is in the log: {before}");
    bench.outbox.segment_sent(id, seq, now()).unwrap();
    assert!(log() - before < 20_000, "{} more bytes", log() - before);
}

#[test]
fn samples_that_overlap_or_leave_a_hole_are_refused() {
    let bench = Bench::new();
    let id = bench.begin();
    bench.outbox.append_chunk(id, 0, &[1; 100]).unwrap();
    for start in [0, 99, 101] {
        let error = bench.outbox.append_chunk(id, start, &[2; 100]).unwrap_err();
        assert!(matches!(error, OutboxError::OutOfOrder { expected: 100, .. }), "{error}");
    }
    bench.cut(id, 0, &[1; 100], &[]);
    let header = SegmentHeader { start: 99, samples: 10, speech: 0, peak: 0 };
    let error = bench.outbox.cut_segment(id, header, b"", Digest::of(b""), &[]).unwrap_err();
    assert_eq!(error.code(), "out_of_order");
    assert_eq!(bench.outbox.segments(id).unwrap().len(), 1);
}

#[test]
fn gaps_count_as_time_and_play_as_silence() {
    let bench = Bench::new();
    let id = bench.begin();
    bench.cut(id, 0, &[5; 100], &[]);
    let gap = Gap { start: 100, samples: 40_000, reason: GapReason::DeviceLost };
    bench.outbox.add_change(id, now(), ChangeKind::Gap(gap)).unwrap();
    assert_eq!(bench.outbox.unfinished().unwrap()[0].next_sample, 40_100);
    bench.outbox.append_chunk(id, 40_100, &[6; 50]).unwrap();
    let expected = [vec![5; 100], vec![0; 40_000], vec![6; 50]].concat();
    assert_eq!(bench.pcm(id), expected);
    assert!(bench.outbox.manifest(id).unwrap().ends_with("gap 100 40000 device_lost\n"));
}

#[test]
fn changes_are_numbered_without_holes_and_the_last_patient_counts() {
    let bench = Bench::new();
    let mut new = new_recording();
    new.create.patient = Some(patient("Hale"));
    bench.outbox.begin(&new).unwrap();
    let mori = patient("Mori");
    let change = ChangeKind::Patient { patient: mori.clone() };
    assert_eq!(bench.outbox.add_change(new.id, now(), change).unwrap(), 0);
    let mark = ChangeKind::Marker { sample: 7 };
    assert_eq!(bench.outbox.add_change(new.id, now(), mark).unwrap(), 1);
    bench.outbox.changes_sent(new.id, 1, now()).unwrap();
    let list = bench.outbox.change_list(new.id).unwrap();
    assert_eq!(
        list.iter().map(|c| (c.change.number, c.sent)).collect::<Vec<_>>(),
        [(0, true), (1, false)]
    );
    let stored = bench.outbox.recording(new.id).unwrap();
    assert_eq!(stored.patient, Some(mori));
    assert_eq!(stored.create, new.create, "what the server is told does not change");
}

#[test]
fn states_only_move_forward() {
    let bench = Bench::new();
    let state = |id| bench.outbox.recording(id).unwrap().state;
    let id = bench.begin();
    bench.outbox.append_chunk(id, 0, &[1; 10]).unwrap();
    let error = bench.outbox.finish(id, false).unwrap_err();
    assert_eq!(error.code(), "wrong_state", "samples are still in chunks");
    bench.cut(id, 0, &[1; 10], &[]);
    assert_eq!(state(id), RecordingState::Recording);
    bench.outbox.finish(id, true).unwrap();
    assert_eq!(state(id), RecordingState::Finished);
    assert!(bench.outbox.finish(id, false).is_err());
    assert!(bench.outbox.append_chunk(id, 10, &[1; 10]).is_err());
    assert!(bench.outbox.recording(id).unwrap().recovered, "the second finish changed nothing");
    bench.outbox.acknowledge(id, &bench.receipt(id), None, now()).unwrap();
    assert_eq!(state(id), RecordingState::Acknowledged);
    let gap = ChangeKind::Gap(Gap { start: 10, samples: 5, reason: GapReason::Sleep });
    let error = bench.outbox.add_change(id, now(), gap).unwrap_err();
    assert_eq!(error.code(), "wrong_state", "the manifest stands");
    let back = bench.outbox.write(|transaction| {
        Ok(transaction.execute("UPDATE recording SET state = 'recording'", [])?)
    });
    assert!(back.is_err(), "the database itself refuses it");
}

#[test]
fn a_receipt_for_another_recording_acknowledges_nothing() {
    let bench = Bench::new();
    let (id, other) = (bench.finished(), bench.finished());
    let error = bench.outbox.acknowledge(id, &bench.receipt(other), None, now()).unwrap_err();
    assert!(matches!(error, OutboxError::ReceiptMismatch(_)), "{error}");
    assert_eq!(bench.outbox.recording(id).unwrap().state, RecordingState::Finished);
    assert!(bench.outbox.recording(id).unwrap().receipt.is_none());
}

#[test]
fn audio_is_deleted_only_with_a_receipt_and_after_seven_days() {
    let bench = Bench::new();
    let (acknowledged, waiting) = (bench.finished(), bench.finished());
    bench.outbox.acknowledge(acknowledged, &bench.receipt(acknowledged), None, now()).unwrap();
    let early = now() + RETENTION - TimeDelta::seconds(1);
    assert!(bench.outbox.release(None, None, early).unwrap().is_empty());
    assert_eq!(bench.pcm(acknowledged), ramp(0, 16_000));
    assert_eq!(bench.outbox.release(None, None, now() + RETENTION).unwrap(), [acknowledged]);
    let error = bench.outbox.segment(acknowledged, 0).unwrap_err();
    assert_eq!(error.code(), "audio_released");
    assert_eq!(bench.outbox.segments(acknowledged).unwrap().len(), 1, "its digest stays");
    bench.outbox.release(None, None, now() + TimeDelta::days(3_650)).unwrap();
    assert_eq!(bench.pcm(waiting), ramp(0, 16_000), "without a receipt: for ever");
}

#[test]
fn recordings_before_enrolment_go_to_whoever_enrols_first() {
    let bench = Bench::new();
    let id = bench.finished();
    let (first, second) = (account(), account());
    bench.outbox.enrol(&first).unwrap();
    bench.outbox.enrol(&second).unwrap();
    assert_eq!(bench.outbox.current_account().unwrap(), Some(second.clone()));
    assert_eq!(bench.outbox.recording(id).unwrap().owner, Some(first.clinician));
    let of = |account: &Account| bench.outbox.overview(Some(account.clinician), now()).unwrap();
    assert_eq!(of(&first).len(), 1);
    assert!(of(&second).is_empty(), "each sees only their own");
}

#[test]
fn what_sync_has_to_do_ends_with_the_note() {
    let bench = Bench::new();
    let account = account();
    bench.outbox.enrol(&account).unwrap();
    let new = NewRecording { owner: Some(account.clinician), ..new_recording() };
    bench.outbox.begin(&new).unwrap();
    let view = || bench.outbox.sync_view(account.clinician, None).unwrap();
    assert!(!view()[0].finished);
    assert!(!bench.outbox.is_note_awaited().unwrap(), "nobody pressed Stop");
    bench.cut(new.id, 0, &[1; 10], &[]);
    bench.outbox.finish(new.id, false).unwrap();
    assert_eq!((view()[0].segments, view()[0].finished), (1, true));
    assert!(bench.outbox.is_note_awaited().unwrap());
    bench.outbox.set_wedged(new.id, Some("It has no patient yet.")).unwrap();
    assert!(view().is_empty(), "it waits for a person");
    bench.outbox.set_wedged(new.id, None).unwrap();
    bench.outbox.acknowledge(new.id, &bench.receipt(new.id), None, now()).unwrap();
    bench.outbox.set_stage(new.id, Stage::Ready, None, Some(NoteId::new())).unwrap();
    assert_eq!((view()[0].stage, view()[0].note), (Some(Stage::Ready), true));
    bench.outbox.set_note_text(new.id, &"Plan\nRest.".into()).unwrap();
    assert!(view().is_empty());
    assert!(!bench.outbox.is_note_awaited().unwrap());
    let change = ChangeKind::Patient { patient: patient("Hale") };
    bench.outbox.add_change(new.id, now(), change).unwrap();
    assert_eq!((view()[0].changes, view()[0].changes_sent), (1, 0), "who it was is said last");
    bench.outbox.changes_sent(new.id, 1, now()).unwrap();
    assert!(view().is_empty());
}

#[test]
fn waiters_are_woken_by_segments_but_not_by_chunks() {
    let bench = Bench::new();
    let id = bench.begin();
    let mut changes = bench.outbox.changes();
    changes.borrow_and_update();
    bench.outbox.append_chunk(id, 0, &[1; 10]).unwrap();
    assert!(!changes.has_changed().unwrap());
    bench.cut(id, 0, &[1; 10], &[]);
    assert!(changes.has_changed().unwrap());
}
