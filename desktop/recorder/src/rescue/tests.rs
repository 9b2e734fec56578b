//! Rescue from real SQLCipher databases, sound ones and damaged ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::Utc;
use medrecord_common::audio::flac;
use medrecord_common::ids::RecordingId;
use medrecord_common::recording::{ChangeKind, Gap, GapReason};
use medrecord_common::segment::{Digest, SegmentHeader};
use serde_json::Value;

use super::{RescueError, Rescued, rescue};
use crate::outbox::{DatabaseKey, Outbox};
use crate::testing::{new_recording, patient};
use crate::vault::{RecoveryIdentity, VaultError, second_key};

/// A data folder with a sealed key.
struct Bench {
    folder: tempfile::TempDir,
    recovery: RecoveryIdentity,
    outbox: Outbox,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let recovery = RecoveryIdentity::generate();
        let outbox = database(folder.path(), "data/outbox.db", &recovery);
        Self { folder, recovery, outbox }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn rescue(&self) -> Result<Vec<Rescued>, RescueError> {
        let mut told = Vec::new();
        rescue(&self.data(), &self.recovery, &self.out(), |rescued| told.push(rescued.clone()))?;
        Ok(told)
    }

    fn pcm(&self, stem: &str) -> Vec<i16> {
        let mut wav = hound::WavReader::open(self.out().join(format!("{stem}.wav"))).unwrap();
        wav.samples().map(Result::unwrap).collect()
    }

    fn json(&self, stem: &str) -> Value {
        serde_json::from_slice(&fs::read(self.out().join(format!("{stem}.json"))).unwrap()).unwrap()
    }
}

fn database(folder: &Path, name: &str, recovery: &RecoveryIdentity) -> Outbox {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let key = DatabaseKey::generate().unwrap();
    second_key::seal(&path, &key, &recovery.public()).unwrap();
    Outbox::open(&path, &key).unwrap()
}

fn begin(outbox: &Outbox) -> RecordingId {
    let mut new = new_recording();
    new.create.patient = Some(patient("Hale"));
    outbox.begin(&new).unwrap();
    new.id
}

/// Different from second to second, and no FLAC makes it small.
fn noise(seed: u32, samples: usize) -> Vec<i16> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 16) as i16
    };
    (0..samples).map(next).collect()
}

fn cut(outbox: &Outbox, id: RecordingId, start: u64, pcm: &[i16]) {
    let flac = flac::encode(pcm).unwrap();
    let header = SegmentHeader { start, samples: pcm.len() as u32, speech: 0, peak: 0 };
    outbox.cut_segment(id, header, &flac, Digest::of(&flac), &[]).unwrap();
}

/// Every file of a folder with its bytes.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.clone(), fs::read(&path).unwrap())).collect()
}

#[test]
fn everything_comes_out_equal_and_the_source_is_only_read() {
    let bench = Bench::new();
    let finished = begin(&bench.outbox);
    let (first, second) = (noise(1, 16_000), noise(2, 8_000));
    cut(&bench.outbox, finished, 0, &first);
    let gap = ChangeKind::Gap(Gap { start: 16_000, samples: 500, reason: GapReason::DeviceLost });
    bench.outbox.add_change(finished, Utc::now(), gap).unwrap();
    cut(&bench.outbox, finished, 16_500, &second);
    bench.outbox.finish(finished, false).unwrap();
    bench.outbox.set_note_text(finished, &"Assessment: stable.".into()).unwrap();
    let unfinished = begin(&bench.outbox);
    cut(&bench.outbox, unfinished, 0, &first);
    bench.outbox.append_chunk(unfinished, 16_000, &second).unwrap();
    let side = database(&bench.data(), "side-1.db", &bench.recovery);
    let in_side = begin(&side);
    side.append_chunk(in_side, 0, &second).unwrap();

    let before = contents(&bench.data());
    let told = bench.rescue().unwrap();
    assert_eq!(contents(&bench.data()), before, "nothing in the source was changed");
    let whole = |id, samples, unfinished| Rescued::Whole { id, samples, unfinished };
    let expected = [
        whole(finished, 24_500, false),
        whole(unfinished, 24_000, true),
        whole(in_side, 8_000, true),
    ];
    assert_eq!(told, expected);
    assert_eq!(bench.pcm(&finished.to_string()), [&first[..], &[0; 500], &second].concat());
    assert_eq!(bench.pcm(&unfinished.to_string()), [&first[..], &second].concat());
    assert_eq!(bench.pcm(&in_side.to_string()), second);
    let json = bench.json(&finished.to_string());
    assert_eq!(json["patient"]["name"], "Hale");
    assert_eq!(json["note_text"], "Assessment: stable.");
    assert_eq!(json["gaps"][0]["samples"], 500);
    let names: Vec<_> = contents(&bench.out()).into_keys().collect();
    assert_eq!(names.len(), 6, "no copy of a database stays: {names:?}");
}

#[test]
fn damaged_pages_cost_what_was_on_them() {
    let bench = Bench::new();
    let ids: Vec<_> = (0..4)
        .map(|n| {
            let id = begin(&bench.outbox);
            for part in 0..4 {
                cut(&bench.outbox, id, part * 16_000, &noise(n * 4 + part as u32, 16_000));
            }
            bench.outbox.finish(id, false).unwrap();
            id
        })
        .collect();
    // Closing moves the log into the database.
    let Bench { folder, recovery, outbox } = bench;
    drop(outbox);
    let path = folder.path().join("data/outbox.db");
    let mut bytes = fs::read(&path).unwrap();
    let page = bytes.len() / 2 / 4096 * 4096;
    bytes[page + 100] ^= 0xff;
    fs::write(&path, bytes).unwrap();

    let out = folder.path().join("out");
    let mut told = Vec::new();
    rescue(&path, &recovery, &out, |rescued| told.push(rescued.clone())).unwrap();
    let (mut lost, mut equal) = (0, 0);
    for (n, id) in ids.iter().enumerate() {
        let json = fs::read(out.join(format!("{id}.json"))).unwrap();
        let json: Value = serde_json::from_slice(&json).unwrap();
        lost += json["lost"].as_array().unwrap().len();
        let wav = hound::WavReader::open(out.join(format!("{id}.wav"))).unwrap();
        let pcm: Vec<i16> = wav.into_samples().map(Result::unwrap).collect();
        assert_eq!(pcm.len(), 64_000, "what is lost keeps its place");
        equal += (0..4_usize)
            .filter(|part| pcm[part * 16_000..][..16_000] == noise((n * 4 + part) as u32, 16_000))
            .count();
    }
    assert_eq!((lost, equal), (1, 15), "one page of one segment: {told:?}");
    assert_eq!(told.iter().filter(|rescued| rescued.is_complete()).count(), 3);
}

#[test]
fn another_recovery_key_opens_nothing_and_says_so() {
    let mut bench = Bench::new();
    begin(&bench.outbox);
    bench.recovery = RecoveryIdentity::generate();
    let error = bench.rescue().unwrap_err();
    assert!(matches!(error, RescueError::Vault(VaultError::NotSealedToThis)), "{error}");
    fs::remove_file(bench.data().join("outbox.key.age")).unwrap();
    assert!(matches!(bench.rescue().unwrap_err(), RescueError::NoSealedKey(_)));
    assert!(!bench.out().exists());
}

#[test]
fn nothing_is_written_over() {
    let bench = Bench::new();
    begin(&bench.outbox);
    fs::create_dir(bench.out()).unwrap();
    fs::write(bench.out().join("thesis.txt"), "mine").unwrap();
    assert!(matches!(bench.rescue().unwrap_err(), RescueError::NotEmpty(_)));
}

#[test]
fn a_database_that_no_key_fits_is_named_and_the_others_come_out() {
    let bench = Bench::new();
    begin(&bench.outbox);
    fs::write(bench.data().join("side-2.db"), bytes(&noise(3, 8_192))).unwrap();
    let told = bench.rescue().unwrap();
    assert!(told[0].is_complete());
    assert_eq!(told[1], Rescued::Unopened { file: "side-2.db".to_owned() });
}

fn bytes(pcm: &[i16]) -> Vec<u8> {
    pcm.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}
