//! Configuration: from the environment only, checked as a whole, all faults named at once.
//!
//! Each secret may come from a file instead (`NAME_FILE`). `Debug` never shows a secret.

mod env;
mod providers;
mod release;
mod stores;
#[cfg(test)]
mod tests;
mod traces;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

pub use self::env::{ConfigError, Environment};
pub use self::providers::{DraftingConfig, DraftingProvider, OpenAi, SpeechConfig, SpeechProvider};
pub use self::release::Release;
pub use self::stores::{Bucket, S3, Store};
pub use self::traces::TracesConfig;
use crate::limits::LimitsConfig;
use crate::objects::MasterKeys;
use crate::receipt::ReceiptSigner;

/// Everything the server is told from outside.
#[derive(Debug, Clone)]
pub struct Config {
    pub database_url: SecretString,
    pub listen: SocketAddr,
    /// Origin that the browser sees, without a slash at the end, e.g. `https://medrecord.example.com`.
    /// Plain `http` is taken for loopback only.
    pub frontend_url: String,
    /// Signs access tokens (HS256) and refresh tokens; at least 32 bytes.
    pub jwt_secret: SecretString,
    /// What it signed is still accepted.
    pub jwt_secret_previous: Option<SecretString>,
    /// Who sends it may read `/metrics`; without it there is no such page.
    pub metrics_token: Option<SecretString>,
    /// Numbered keys that wrap the recordings' data keys.
    pub master_keys: MasterKeys,
    /// The Ed25519 keys of receipts; the last signs.
    pub receipt_key: ReceiptSigner,
    /// The public half of the organisation's recovery key (`age1…`); workstations pin it when they enrol.
    pub recovery_key: Option<String>,
    /// Encrypted audio.
    pub audio: Store,
    /// Wrapped data keys, apart from the audio.
    pub keys: Store,
    /// The built review pages.
    pub review_dir: PathBuf,
    pub speech: SpeechConfig,
    pub drafting: DraftingConfig,
    pub jobs: JobsConfig,
    pub limits: LimitsConfig,
    /// Desktops of an earlier release are told to update.
    pub oldest_desktop: Release,
    pub log_format: LogFormat,
    /// None: nobody collects spans.
    pub traces: Option<TracesConfig>,
    /// Where backup and restore drill write when they last succeeded.
    pub backup_status_file: Option<PathBuf>,
}

/// The job worker.
#[derive(Debug, Clone)]
pub struct JobsConfig {
    /// How long a worker that is not heard of keeps its job.
    pub lease: Duration,
    /// Jobs at the same time; 0: this process runs none.
    pub workers: usize,
}

/// How lines of the log look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Json,
    Text,
}

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// [`ConfigError`] with every fault.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(Environment::of_process())
    }

    /// Reads a given environment.
    ///
    /// # Errors
    /// [`ConfigError`] with every fault.
    pub fn read(mut env: Environment) -> Result<Self, ConfigError> {
        let database_url = env.secret("DATABASE_URL");
        let host = env.parsed("HOST", IpAddr::from([127, 0, 0, 1]));
        let port = env.parsed("PORT", 3001_u16);
        let frontend_url = env.checked("FRONTEND_URL", origin);
        let jwt_secret = env.secret("JWT_SECRET");
        env.check("JWT_SECRET", &jwt_secret, long_enough);
        let jwt_secret_previous = env.optional_secret("JWT_SECRET_PREVIOUS");
        env.check("JWT_SECRET_PREVIOUS", &jwt_secret_previous, long_enough);
        let metrics_token = env.optional_secret("METRICS_TOKEN");
        env.check("METRICS_TOKEN", &metrics_token, long_enough);
        let master_keys = env.file("MASTER_KEYS_FILE", MasterKeys::parse);
        let receipt_key = env.file("RECEIPT_KEY_FILE", ReceiptSigner::parse);
        let recovery_key = env.optional_secret("RECOVERY_PUBLIC_KEY");
        env.check("RECOVERY_PUBLIC_KEY", &recovery_key, recovery_public_key);
        let audio = Store::read(&mut env, "AUDIO");
        let keys = Store::read(&mut env, "KEYS");
        let review_dir = env.or("REVIEW_DIR", "web/review/dist").into();
        let speech = SpeechConfig::read(&mut env);
        let drafting = DraftingConfig::read(&mut env);
        let jobs = JobsConfig {
            lease: Duration::from_secs(env.parsed("JOB_LEASE_SECONDS", 30_u32).max(1).into()),
            workers: env.parsed("JOB_WORKERS", 2),
        };
        let limits = LimitsConfig::default();
        let limits = LimitsConfig {
            requests_per_second: env
                .parsed("DEVICE_REQUESTS_PER_SECOND", limits.requests_per_second),
            megabytes_per_day: env.parsed("DEVICE_MEGABYTES_PER_DAY", limits.megabytes_per_day),
            ..limits
        };
        let oldest_desktop = env.parsed("OLDEST_DESKTOP", Release::default());
        let log_format =
            env.choice("LOG_FORMAT", &[("text", LogFormat::Text), ("json", LogFormat::Json)]);
        let traces = TracesConfig::read(&mut env);
        let backup_status_file = env.optional("BACKUP_STATUS_FILE").map(PathBuf::from);
        let config = (|| {
            Some(Self {
                database_url: database_url?,
                listen: SocketAddr::new(host, port),
                frontend_url: frontend_url?,
                jwt_secret: jwt_secret?,
                jwt_secret_previous,
                metrics_token,
                master_keys: master_keys?,
                receipt_key: receipt_key?,
                recovery_key: recovery_key.map(|key| key.expose_secret().trim().to_owned()),
                audio: audio?,
                keys: keys?,
                review_dir,
                speech,
                drafting,
                jobs,
                limits,
                oldest_desktop,
                log_format,
                traces,
                backup_status_file,
            })
        })();
        env.finish(config)
    }

    /// A configuration for tests: keys made anew, all folders inside `dir`, no job worker.
    #[must_use]
    pub fn for_tests(dir: &Path) -> Self {
        let openai = OpenAi { base_url: "http://127.0.0.1:9".to_owned(), api_key: None };
        Self {
            database_url: String::new().into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            frontend_url: "http://localhost:3001".to_owned(),
            jwt_secret: "a secret of the tests, thirty-two bytes".to_owned().into(),
            jwt_secret_previous: None,
            metrics_token: None,
            master_keys: MasterKeys::generate(),
            receipt_key: ReceiptSigner::generate(),
            recovery_key: None,
            audio: Store::Folder(dir.join("audio")),
            keys: Store::Folder(dir.join("keys")),
            review_dir: dir.join("review"),
            speech: SpeechConfig {
                provider: SpeechProvider::OpenAi,
                model_dir: PathBuf::new(),
                threads: 1,
                openai: openai.clone(),
                model: "gpt-transcribe".to_owned(),
            },
            drafting: DraftingConfig {
                provider: DraftingProvider::Dictated,
                openai,
                model: String::new(),
            },
            jobs: JobsConfig { lease: Duration::from_secs(30), workers: 0 },
            limits: LimitsConfig::default(),
            oldest_desktop: Release::default(),
            log_format: LogFormat::Text,
            traces: None,
            backup_status_file: None,
        }
    }

    /// Whether the browser speaks plain HTTP (loopback only): no `Secure` cookie then.
    #[must_use]
    pub fn is_plain_http(&self) -> bool {
        self.frontend_url.starts_with("http://")
    }
}

/// HS256 wants a key as long as its hash (RFC 7518 §3.2).
fn long_enough(secret: &str) -> Result<(), String> {
    if secret.len() < 32 { Err("must have at least 32 bytes".to_owned()) } else { Ok(()) }
}

/// A private half here would be a way into every workstation.
fn recovery_public_key(text: &str) -> Result<(), String> {
    if text.to_ascii_uppercase().contains("AGE-SECRET-KEY-") {
        return Err(
            "holds the private half: it must not be on the server. Make a new pair".to_owned()
        );
    }
    let parsed = text.trim().parse::<age::x25519::Recipient>();
    parsed.map(drop).map_err(|_| "is no public recovery key (age1…)".to_owned())
}

fn origin(url: &str) -> Result<String, String> {
    let uri: axum::http::Uri = url.parse().map_err(|_| "is no address".to_owned())?;
    let host = uri.host().ok_or("has no host")?;
    if uri.path() != "/" || uri.query().is_some() {
        return Err("is an origin: scheme, host and port, nothing after".to_owned());
    }
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    let is_loopback = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match uri.scheme_str() {
        Some("https") => {}
        Some("http") if is_loopback => {}
        _ => return Err("must begin with https:// (http:// only for this computer)".to_owned()),
    }
    Ok(url.trim_end_matches('/').to_owned())
}
