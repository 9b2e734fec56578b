//! What a wrong environment is told.

use super::{Config, Environment, LogFormat, Store};
use crate::objects::MasterKeys;
use crate::receipt::ReceiptSigner;

fn environment(changes: &[(&str, &str)]) -> (tempfile::TempDir, Environment) {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, contents: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, contents).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let mut variables = vec![
        ("DATABASE_URL", "postgres://secret-password@db/medrecord".to_owned()),
        ("FRONTEND_URL", "https://medrecord.example.com/".to_owned()),
        ("JWT_SECRET_FILE", file("jwt", "0123456789abcdef0123456789abcdef\n")),
        ("MASTER_KEYS_FILE", file("master", &MasterKeys::generate_text())),
        ("RECEIPT_KEY_FILE", file("receipt", &ReceiptSigner::generate_text())),
        ("AUDIO_DIR", "/audio".to_owned()),
        ("KEYS_DIR", "/keys".to_owned()),
        ("SPEECH_MODEL_DIR", "/model".to_owned()),
    ];
    for (name, value) in changes {
        variables.retain(|(known, _)| known != name);
        variables.push((name, (*value).to_owned()));
    }
    let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value));
    (dir, Environment::of(variables))
}

#[test]
fn a_right_environment_is_read() {
    let (_dir, env) = environment(&[("LOG_FORMAT", "json")]);
    let config = Config::read(env).unwrap();
    assert_eq!(config.frontend_url, "https://medrecord.example.com");
    assert_eq!(config.listen.to_string(), "127.0.0.1:3001");
    assert_eq!(config.log_format, LogFormat::Json);
    assert!(!config.is_plain_http());
}

#[test]
fn all_faults_are_named_at_once() {
    let (_dir, env) = environment(&[
        ("DATABASE_URL", ""),
        ("FRONTEND_URL", "http://medrecord.example.com"),
        ("JWT_SECRET_FILE", ""),
        ("JWT_SECRET", "short"),
        ("PORT", "many"),
        ("SPEECH_PROVIDER", "openai"),
        ("DRAFTING_PROVIDER", "openai"),
    ]);
    let error = Config::read(env).unwrap_err();
    let expected = [
        "DATABASE_URL is missing (or DATABASE_URL_FILE)",
        "PORT cannot be read",
        "FRONTEND_URL must begin with https:// (http:// only for this computer)",
        "JWT_SECRET must have at least 32 bytes",
        "OPENAI_API_KEY is missing (or OPENAI_API_KEY_FILE)",
    ];
    assert_eq!(error.faults, expected);
}

#[test]
fn the_recovery_key_is_a_public_half_or_a_fault() {
    let pair = age::x25519::Identity::generate();
    let public = pair.to_public().to_string();
    let (_dir, env) = environment(&[("RECOVERY_PUBLIC_KEY", &public)]);
    assert_eq!(Config::read(env).unwrap().recovery_key, Some(public));
    let (_dir, env) = environment(&[]);
    assert_eq!(Config::read(env).unwrap().recovery_key, None);
    let private = secrecy::ExposeSecret::expose_secret(&pair.to_string()).to_owned();
    for (wrong, why) in [(private.as_str(), "private half"), ("age1nonsense", "no public")] {
        let (_dir, env) = environment(&[("RECOVERY_PUBLIC_KEY", wrong)]);
        let error = Config::read(env).unwrap_err();
        assert!(error.faults.len() == 1 && error.faults[0].contains(why), "{error}");
        assert!(!error.to_string().contains(wrong), "no value is shown");
    }
}

#[test]
fn plain_http_is_for_this_computer() {
    for origin in ["http://localhost:3001", "http://127.0.0.1:3001", "http://[::1]:3001"] {
        let (_dir, env) = environment(&[("FRONTEND_URL", origin)]);
        assert!(Config::read(env).unwrap().is_plain_http());
    }
}

#[test]
fn debug_shows_no_secret() {
    let (_dir, env) = environment(&[]);
    let shown = format!("{:?}", Config::read(env).unwrap());
    assert!(!shown.contains("secret-password"), "the database's password is shown");
    assert!(!shown.contains("0123456789abcdef"), "the JWT secret is shown");
}

#[test]
fn a_bucket_takes_the_place_of_a_folder_and_needs_its_keys() {
    let s3 = [
        ("AUDIO_DIR", ""),
        ("AUDIO_URL", "s3://clinic/medrecord/audio/"),
        ("S3_ENDPOINT", "https://s3.example.com"),
        ("S3_ACCESS_KEY_ID", "id"),
        ("S3_SECRET_ACCESS_KEY", "secret-key"),
    ];
    let (_dir, env) = environment(&s3);
    let config = Config::read(env).unwrap();
    let Store::Bucket(bucket) = &config.audio else { panic!("no bucket: {:?}", config.audio) };
    assert_eq!((bucket.name.as_str(), bucket.prefix.as_str()), ("clinic", "medrecord/audio"));
    assert!(config.keys.folder().is_some());
    assert!(!format!("{config:?}").contains("secret-key"));

    let (_dir, env) = environment(&[("AUDIO_URL", "clinic")]);
    let faults = Config::read(env).unwrap_err().faults;
    assert_eq!(
        faults,
        [
            "AUDIO_URL is one place too many: set it or AUDIO_DIR, not both",
            "AUDIO_URL must be s3://BUCKET or s3://BUCKET/PREFIX"
        ]
    );
    let (_dir, env) = environment(&s3[..2]);
    let faults = Config::read(env).unwrap_err().faults;
    assert!(faults.iter().any(|it| it.starts_with("S3_ACCESS_KEY_ID is missing")), "{faults:?}");
}

#[test]
fn spans_go_to_an_address_or_nowhere_and_it_holds_no_password() {
    let read = |url: &str| {
        let (_dir, env) = environment(&[("OTEL_EXPORTER_OTLP_ENDPOINT", url)]);
        Config::read(env)
    };
    assert_eq!(read("").unwrap().traces, None);
    let traces = read("http://collector:4318/").unwrap().traces.unwrap();
    assert_eq!(traces.collector, "http://collector:4318");
    assert_eq!(traces.service, "medrecord-server");
    for (wrong, why) in [
        ("collector:4318", "http:// or https://"),
        ("https://clinic:password@collector.example.com", "OTEL_EXPORTER_OTLP_HEADERS"),
        ("https://collector.example.com/?token=1", "nothing after"),
    ] {
        let error = read(wrong).unwrap_err();
        assert!(error.faults.len() == 1 && error.faults[0].contains(why), "{wrong}: {error}");
        assert!(!error.to_string().contains(wrong), "no value is shown");
    }
}

#[test]
fn an_empty_file_of_a_secret_counts_as_none() {
    let empty = tempfile::NamedTempFile::new().unwrap();
    let empty = empty.path().to_str().unwrap();
    let (_dir, env) = environment(&[("OPENAI_API_KEY_FILE", empty), ("METRICS_TOKEN_FILE", empty)]);
    assert!(Config::read(env).unwrap().metrics_token.is_none());

    let (_dir, env) = environment(&[("JWT_SECRET_FILE", empty)]);
    assert_eq!(Config::read(env).unwrap_err().faults, ["JWT_SECRET_FILE is empty"]);
}
