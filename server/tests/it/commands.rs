//! The commands that a person types before there is a server.

use std::process::{Command, Output};

use medrecord_server::{MasterKeys, ReceiptSigner};

fn server(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_medrecord-server"));
    command.env_clear().args(arguments).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn keys_are_made_once_and_never_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let keys = dir.path().join("keys");
    let arguments = ["keys", "new", keys.to_str().unwrap()];
    assert!(server(&arguments).status.success());
    let read = || {
        ["jwt_secret", "master_keys", "receipt_key"]
            .map(|name| std::fs::read_to_string(keys.join(name)).unwrap())
    };
    let made = read();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(keys.join("master_keys")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "nobody else may read keys");
    }
    let again = server(&arguments);
    assert!(!again.status.success());
    assert!(stderr(&again).contains("exists already; nothing was written"));
    assert_eq!(read(), made);
}

#[test]
fn a_key_is_added_beside_the_older_ones_and_never_in_their_place() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let add = |kind, name: &str| server(&["keys", "add", kind, path(name).to_str().unwrap()]);
    let read = |name: &str| std::fs::read_to_string(path(name)).unwrap();
    assert!(server(&["keys", "new", dir.path().to_str().unwrap()]).status.success());
    let (master, receipt) = (read("master_keys"), read("receipt_key"));
    std::fs::write(path("receipt_key"), receipt.trim_end()).unwrap();

    assert!(add("master", "master_keys").status.success());
    let added = add("receipt", "receipt_key");
    assert!(added.status.success() && !String::from_utf8_lossy(&added.stdout).contains("MC4"));
    assert!(read("master_keys").starts_with(&format!("{master}2 ")));
    assert!(read("receipt_key").starts_with(&receipt));
    assert!(ReceiptSigner::parse(&read("receipt_key")).is_ok());
    assert!(MasterKeys::parse(&read("master_keys")).is_ok());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(path("master_keys")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "nobody else may read keys");
    }
    // Another run, a file of another kind, no file: nothing changes.
    let before = read("master_keys");
    std::fs::write(path("master_keys.new"), "").unwrap();
    let refused = add("master", "master_keys");
    assert!(stderr(&refused).contains("another `keys add` runs"), "{}", stderr(&refused));
    std::fs::remove_file(path("master_keys.new")).unwrap();
    let refused = add("receipt", "master_keys");
    assert!(stderr(&refused).contains("The file is as it was"), "{}", stderr(&refused));
    assert!(!stderr(&refused).contains(&before[2..20]), "no key is shown");
    assert!(!add("master", "nothing").status.success());
    assert_eq!(read("master_keys"), before);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 3, "nothing is left over");
}

#[test]
fn a_server_without_configuration_names_everything_it_needs() {
    for command in ["check-config", "serve", "worker"] {
        let output = server(&[command]);
        assert!(!output.status.success());
        for name in [
            "DATABASE_URL",
            "FRONTEND_URL",
            "JWT_SECRET",
            "MASTER_KEYS_FILE",
            "RECEIPT_KEY_FILE",
            "AUDIO_DIR",
            "KEYS_DIR",
            "SPEECH_MODEL_DIR",
        ] {
            let fault = format!("{name} is missing");
            assert!(stderr(&output).contains(&fault), "{command}: {}", stderr(&output));
        }
    }
}

#[test]
fn the_openapi_document_is_printed() {
    let output = server(&["openapi"]);
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed, serde_json::to_value(medrecord_server::openapi()).unwrap());
}
