//! A keyring that is locked when the program starts, and opens later or never.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use medrecord_common::workstation::LocalState;
use secrecy::SecretString;

use super::super::{Recorder, RecorderConfig, RecorderError, UpdateError};
use crate::audio::{Pace, open_file};
use crate::rescue::{Rescued, rescue};
use crate::testing::tone;
use crate::vault::{MemoryStore, RecoveryIdentity, SecretStore, VaultError};

/// A keyring as one that nobody unlocks answers.
#[derive(Default)]
struct Locking {
    store: MemoryStore,
    locked: AtomicBool,
}

impl Locking {
    fn lock(&self, locked: bool) {
        self.locked.store(locked, Ordering::SeqCst);
    }

    fn ask(&self) -> Result<&MemoryStore, VaultError> {
        if self.locked.load(Ordering::SeqCst) {
            return Err(VaultError::Keyring("locked".to_owned()));
        }
        Ok(&self.store)
    }
}

impl SecretStore for Locking {
    fn get(&self, name: &str) -> Result<Option<SecretString>, VaultError> {
        self.ask()?.get(name)
    }

    fn set(&self, name: &str, secret: &SecretString) -> Result<(), VaultError> {
        self.ask()?.set(name, secret)
    }

    fn delete(&self, name: &str) -> Result<(), VaultError> {
        self.ask()?.delete(name)
    }
}

fn open(folder: &Path, secrets: &Arc<Locking>) -> Result<Recorder, RecorderError> {
    let secrets = Arc::clone(secrets) as Arc<_>;
    Recorder::open(RecorderConfig { data_dir: folder.join("data"), secrets, key_file: false })
}

/// A locked keyring, on a computer that trusts this recovery key.
fn locked(folder: &Path) -> (Arc<Locking>, RecoveryIdentity) {
    let secrets = Arc::<Locking>::default();
    let recovery = RecoveryIdentity::generate();
    let recorder = open(folder, &secrets).unwrap();
    recorder.accept_recovery_key(&recovery.public().to_string()).unwrap();
    drop(recorder);
    secrets.lock(true);
    (secrets, recovery)
}

fn record(recorder: &Recorder, folder: &Path) {
    recorder.import(&tone(folder, 2), None).unwrap();
}

fn sides(folder: &Path) -> usize {
    let names = fs::read_dir(folder.join("data")).unwrap();
    names
        .filter(|name| name.as_ref().unwrap().file_name().to_string_lossy().contains("side-"))
        .count()
}

fn says(recorder: &Recorder, code: &str) -> bool {
    recorder.state().warnings.iter().any(|warning| warning.code == code)
}

#[test]
fn without_a_recovery_key_a_locked_keyring_is_an_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = Arc::<Locking>::default();
    drop(open(folder.path(), &secrets).unwrap());
    secrets.lock(true);
    let error = open(folder.path(), &secrets).err().unwrap();
    assert_eq!(error.code(), "keyring_unavailable");
    assert!(error.to_string().contains("no recovery key"), "{error}");
    assert_eq!(sides(folder.path()), 0);
}

#[test]
fn recording_goes_on_beside_and_joins_the_others_when_the_keyring_opens() {
    let folder = tempfile::tempdir().unwrap();
    let (secrets, _) = locked(folder.path());
    let recorder = open(folder.path(), &secrets).unwrap();
    assert!(says(&recorder, "side_outbox"));
    recorder.require_updatable().unwrap();
    record(&recorder, folder.path());
    let why = recorder.require_updatable().unwrap_err();
    assert!(matches!(why, RecorderError::NotUpdated(UpdateError::Beside)), "{why}");
    let source = open_file(tone(folder.path(), 2), Pace::Times(0.5));
    let running = recorder.start_from(source, None).unwrap();
    assert!(recorder.leave_side_outbox().is_err() && says(&recorder, "side_outbox"));

    secrets.lock(false);
    recorder.leave_side_outbox().unwrap();
    assert!(!says(&recorder, "side_outbox"));
    assert_eq!(sides(folder.path()), 0, "the side outbox is gone after the merge");
    assert_eq!(recorder.state().take.unwrap().recording, running, "the recording goes on");
    recorder.stop().unwrap();
    recorder.require_updatable().unwrap();
    drop(recorder);
    let recorder = open(folder.path(), &secrets).unwrap();
    let rows = recorder.recordings().unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.state == LocalState::Waiting && !row.recovered));
    assert_eq!(rows[1].duration_ms, 2_000);
}

#[test]
fn after_a_crash_the_program_says_so_and_only_the_recovery_key_opens_it() {
    let folder = tempfile::tempdir().unwrap();
    let (secrets, recovery) = locked(folder.path());
    let recorder = open(folder.path(), &secrets).unwrap();
    record(&recorder, folder.path());
    // With a recording in it, an end by choice leaves what a crash leaves.
    drop(recorder);
    secrets.lock(false);
    let recorder = open(folder.path(), &secrets).unwrap();
    assert!(says(&recorder, "side_outbox_left") && !says(&recorder, "side_outbox"));
    assert!(recorder.recordings().unwrap().is_empty());
    let mut told = Vec::new();
    let out = folder.path().join("out");
    rescue(&folder.path().join("data"), &recovery, &out, |one| told.push(one.clone())).unwrap();
    assert!(matches!(told[..], [Rescued::Whole { samples: 32_000, .. }]), "{told:?}");
}

#[test]
fn a_side_outbox_without_recordings_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (secrets, _) = locked(folder.path());
    drop(open(folder.path(), &secrets).unwrap());
    assert_eq!(sides(folder.path()), 0);
}

#[test]
fn a_keyring_that_was_wiped_stops_no_recording() {
    let folder = tempfile::tempdir().unwrap();
    let (_, recovery) = locked(folder.path());
    let wiped = Arc::<Locking>::default();
    let recorder = open(folder.path(), &wiped).unwrap();
    let key_missing = recorder.side_outbox().unwrap();
    assert!(key_missing.contains("missing"), "{key_missing}");
    record(&recorder, folder.path());
    let stranger = RecoveryIdentity::generate();
    assert!(recorder.restore_key(&stranger).is_err());
    recorder.restore_key(&recovery).unwrap();
    assert_eq!(recorder.side_outbox(), None);
    assert_eq!(recorder.recordings().unwrap().len(), 1);
}
