use std::fs;
use std::path::Path;
use std::sync::Arc;

use secrecy::ExposeSecret as _;

use super::super::opening::Vault;
use super::super::{DATABASE, Recorder, RecorderConfig, locked};
use crate::vault::{MemoryStore, RecoveryIdentity, second_key};

fn open(folder: &Path, secrets: &Arc<MemoryStore>) -> Recorder {
    let secrets = Arc::clone(secrets) as Arc<_>;
    let data_dir = folder.to_owned();
    Recorder::open(RecorderConfig { data_dir, secrets, key_file: false }).unwrap()
}

/// As an enrolment does when the server names a recovery key.
fn named(recorder: &Recorder, recovery: &RecoveryIdentity) {
    recorder.outbox().offer_recovery_key(&recovery.public().to_string()).unwrap();
    recorder.keep_second_key();
}

fn opens(folder: &Path, recovery: &RecoveryIdentity, recorder: &Recorder) -> bool {
    let sealed = fs::read(second_key::sealed_path(&folder.join(DATABASE))).unwrap();
    let Vault::Main(own) = &*locked(&recorder.inner.vault) else { return false };
    recovery
        .open(&sealed)
        .is_ok_and(|key| key.to_hex().expose_secret() == own.to_hex().expose_secret())
}

fn says(recorder: &Recorder, code: &str) -> bool {
    recorder.state().warnings.iter().any(|warning| warning.code == code)
}

#[test]
fn the_first_recovery_key_is_pinned_and_the_databases_key_sealed_to_it() {
    let (folder, secrets) = (tempfile::tempdir().unwrap(), Arc::default());
    let recorder = open(folder.path(), &secrets);
    assert!(says(&recorder, "no_second_key"), "before anyone enrolled");
    let recovery = RecoveryIdentity::generate();
    named(&recorder, &recovery);
    assert!(opens(folder.path(), &recovery, &recorder));
    assert!(!says(&recorder, "no_second_key"));
    assert_eq!(second_key::pinned(folder.path()).unwrap(), Some(recovery.public()));
}

#[test]
fn a_sealed_key_that_is_missing_or_changed_is_sealed_again_at_the_next_start() {
    let (folder, secrets) = (tempfile::tempdir().unwrap(), Arc::default());
    let recovery = RecoveryIdentity::generate();
    named(&open(folder.path(), &secrets), &recovery);
    let sealed = second_key::sealed_path(&folder.path().join(DATABASE));
    let first = fs::read(&sealed).unwrap();
    drop(open(folder.path(), &secrets));
    assert_eq!(fs::read(&sealed).unwrap(), first, "one that holds is left alone");
    fs::remove_file(&sealed).unwrap();
    assert!(opens(folder.path(), &recovery, &open(folder.path(), &secrets)));
    fs::write(&sealed, b"damaged").unwrap();
    assert!(opens(folder.path(), &recovery, &open(folder.path(), &secrets)));
    fs::write(folder.path().join("recovery_key.pub"), b"age1nonsense").unwrap();
    drop(open(folder.path(), &secrets));
    assert_eq!(second_key::pinned(folder.path()).unwrap(), Some(recovery.public()));
}

#[test]
fn another_recovery_key_is_taken_only_when_someone_accepts_it() {
    let (folder, secrets) = (tempfile::tempdir().unwrap(), Arc::default());
    let (first, second) = (RecoveryIdentity::generate(), RecoveryIdentity::generate());
    let recorder = open(folder.path(), &secrets);
    named(&recorder, &first);
    named(&recorder, &second);
    assert!(opens(folder.path(), &first, &recorder) && says(&recorder, "recovery_key_changed"));
    let stranger = RecoveryIdentity::generate().public().to_string();
    assert_eq!(recorder.accept_recovery_key(&stranger).unwrap_err().code(), "no_recovery_key");
    recorder.accept_recovery_key(&second.public().to_string()).unwrap();
    assert!(opens(folder.path(), &second, &recorder) && !says(&recorder, "recovery_key_changed"));
    assert_eq!(second_key::pinned(folder.path()).unwrap(), Some(second.public()));
}

#[test]
#[cfg(unix)]
fn a_second_key_that_cannot_be_written_stops_nothing() {
    let (folder, secrets) = (tempfile::tempdir().unwrap(), Arc::default());
    let recorder = open(folder.path(), &secrets);
    // Also for root, whom modes do not stop.
    fs::create_dir(second_key::sealed_path(&folder.path().join(DATABASE))).unwrap();
    named(&recorder, &RecoveryIdentity::generate());
    assert!(says(&recorder, "second_key_failed"));
}
