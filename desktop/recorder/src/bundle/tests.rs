use std::fs;
use std::path::PathBuf;

use medrecord_common::ids::{ClinicianId, DeviceId, RecordingId};
use medrecord_common::receipt::ReceiptKey;

use super::{BundleError, Seal, Unseal, read, write};
use crate::capture::recover;
use crate::outbox::{Account, DatabaseKey, NewRecording, Outbox, OutboxError};
use crate::testing::new_recording;
use crate::vault::RecoveryIdentity;

const PASSPHRASE: &str = "a horse that is correct";

struct Bench {
    folder: tempfile::TempDir,
    old: Outbox,
    new: Outbox,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let open = |name| {
            fs::create_dir(folder.path().join(name)).unwrap();
            let path = folder.path().join(name).join("outbox.db");
            Outbox::open(&path, &DatabaseKey::generate().unwrap()).unwrap()
        };
        let (old, new) = (open("old"), open("new"));
        Self { folder, old, new }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, seal: Seal) -> Result<usize, BundleError> {
        write(&self.old, &self.path("old"), &self.path("bundle.age"), seal)
    }

    fn read(&self, unseal: &Unseal) -> Result<Vec<RecordingId>, BundleError> {
        read(&self.new, &self.path("new"), &self.path("bundle.age"), unseal)
    }

    /// A finished recording of the old computer's clinician.
    fn record(&self) -> (RecordingId, ClinicianId) {
        let clinician = ClinicianId::new();
        let account = Account {
            clinician,
            device: DeviceId::new(),
            server: "https://example.org".to_owned(),
            email: "okafor@example.org".to_owned(),
            name: "Dr. Okafor".to_owned(),
            device_name: "Desk".to_owned(),
            receipt_keys: vec![ReceiptKey { kid: "k".to_owned(), x: "x".to_owned() }],
        };
        self.old.enrol(&account).unwrap();
        let new = NewRecording { owner: Some(clinician), ..new_recording() };
        let id = new.id;
        self.old.begin(&new).unwrap();
        self.old.append_chunk(id, 0, &[1_234; 24_000]).unwrap();
        recover(&self.old, id).unwrap();
        (id, clinician)
    }
}

fn passphrase() -> Unseal {
    Unseal::Passphrase(PASSPHRASE.into())
}

#[test]
fn recordings_move_with_a_passphrase_and_a_second_time_nothing_changes() {
    let bench = Bench::new();
    let (id, clinician) = bench.record();
    assert_eq!(bench.write(Seal::Passphrase(PASSPHRASE.into())).unwrap(), 1);
    let wrong = bench.read(&Unseal::Passphrase("a horse that is not".into())).unwrap_err();
    assert!(matches!(wrong, BundleError::Closed), "{wrong}");
    assert_eq!(bench.read(&passphrase()).unwrap(), [id]);
    assert_eq!(bench.new.recording(id).unwrap().owner, Some(clinician));
    assert_eq!(bench.new.current_account().unwrap(), None, "nobody is signed in by it");
    let mut pcm = Vec::new();
    let collect = |piece: &[i16]| {
        pcm.extend_from_slice(piece);
        Ok::<(), OutboxError>(())
    };
    bench.new.export_pcm(id, collect).unwrap();
    assert_eq!(pcm, [1_234; 24_000]);
    assert!(bench.read(&passphrase()).unwrap().is_empty());
    for folder in ["old", "new"] {
        assert!(!bench.path(folder).join("bundle").exists(), "nothing stays of the copy");
    }
}

#[test]
fn the_recovery_key_opens_a_bundle_and_damage_anywhere_takes_nothing() {
    let bench = Bench::new();
    let (id, _) = bench.record();
    let recovery = RecoveryIdentity::generate();
    bench.write(Seal::Recovery(recovery.public())).unwrap();
    let recovery = Unseal::Recovery(recovery);
    let path = bench.path("bundle.age");
    let whole = fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    for damaged in [&flipped[..], &whole[..whole.len() - 1], &whole[..64 * 1024], &whole[..10]] {
        fs::write(&path, damaged).unwrap();
        assert!(matches!(bench.read(&recovery).unwrap_err(), BundleError::Closed));
        assert!(bench.new.is_empty().unwrap());
    }
    fs::write(&path, whole).unwrap();
    assert_eq!(bench.read(&recovery).unwrap(), [id]);
}

#[test]
fn a_file_that_is_there_is_not_written_over_and_short_passphrases_are_refused() {
    let bench = Bench::new();
    bench.record();
    let short = bench.write(Seal::Passphrase("short".into())).unwrap_err();
    assert_eq!(short.code(), "short_passphrase");
    fs::write(bench.path("bundle.age"), "mine").unwrap();
    let recovery = RecoveryIdentity::generate().public();
    assert_eq!(bench.write(Seal::Recovery(recovery)).unwrap_err().code(), "bundle_file");
    assert_eq!(fs::read_to_string(bench.path("bundle.age")).unwrap(), "mine");
}
