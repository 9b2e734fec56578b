use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};

use super::{KeyFile, MemoryStore, SecretStore, VaultError, database_key};

#[test]
fn the_key_is_made_once_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = KeyFile::new(folder.path().join("keys"));
    let database = folder.path().join("outbox.db");
    let first = database_key(&store, &database).unwrap().to_hex();
    std::fs::write(&database, b"anything").unwrap();
    let second = database_key(&store, &database).unwrap().to_hex();
    assert_eq!(first.expose_secret(), second.expose_secret());
    assert_eq!(first.expose_secret().len(), 64);
}

#[test]
fn an_old_database_never_gets_a_new_key() {
    let store = MemoryStore::default();
    let this_file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let error = database_key(&store, &this_file).unwrap_err();
    assert!(matches!(error, VaultError::KeyMissing), "{error}");
    assert!(store.get("outbox-key").unwrap().is_none(), "nothing was stored");
}

#[test]
fn a_key_file_keeps_secrets_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deeper/keys");
    let store = KeyFile::new(path.clone());
    store.set("a", &SecretString::from("1")).unwrap();
    store.set("b", &SecretString::from("2")).unwrap();
    store.delete("a").unwrap();
    store.delete("never there").unwrap();
    assert!(store.get("a").unwrap().is_none());
    assert_eq!(KeyFile::new(path.clone()).get("b").unwrap().unwrap().expose_secret(), "2");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_file_that_is_no_key_file_is_refused_without_quoting_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    std::fs::write(&path, "\"top secret\"").unwrap();
    let error = KeyFile::new(path).get("a").unwrap_err();
    assert_eq!(error.code(), "key_file");
    assert!(!error.to_string().contains("top secret"), "{error}");
}
