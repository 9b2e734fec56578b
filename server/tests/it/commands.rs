//! The commands that a person types before there is a server.

use std::process::{Command, Output};

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

#[test]
fn where_no_worker_runs_its_health_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let mut health = Command::new(env!("CARGO_BIN_EXE_medrecord-server"));
    health.env_clear().env("TMPDIR", dir.path()).args(["health", "--worker"]);
    let output = health.output().unwrap();
    assert!(!output.status.success());
    assert!(stderr(&output).contains("no worker runs here"));

    std::fs::write(dir.path().join("medrecord-worker-alive"), "").unwrap();
    assert!(health.output().unwrap().status.success());
}
