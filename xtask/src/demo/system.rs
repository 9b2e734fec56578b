//! Database and server of the demo, started and ended together.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use super::Provider;
use super::home::{self, Home};
use crate::postgres::{Cluster, Durability};
use crate::service::{Service, Stop, Stream, bound_to_us};
use crate::{paths, run};

const DATABASE: &str = "demo";

/// Database and server, running. Fields are dropped in this order: the server first.
pub(crate) struct System {
    server: Service,
    _cluster: Cluster,
    url: String,
}

impl System {
    /// Starts both; makes keys, schema and clinician on the first start.
    pub(crate) fn start(home: &Home, provider: Provider) -> Result<Self> {
        let cluster = Cluster::start(&home.path("postgres"), Durability::Kept)?;
        cluster.create(DATABASE)?;
        let url = format!("http://127.0.0.1:{}", home.port()?);
        let keys = home.path("keys");
        if !keys.is_dir() {
            run::stdout(server(home, &cluster, &url, provider).args(["keys", "new"]).arg(&keys))?;
        }
        make_recovery_key(home)?;
        run::stdout(server(home, &cluster, &url, provider).arg("migrate"))?;
        add_clinician(home, &cluster, &mut server(home, &cluster, &url, provider))?;

        let mut serve = bound_to_us(&paths::program("medrecord-server"), Stop::Terminate, false);
        configure(&mut serve, home, &cluster, &url, provider);
        serve.arg("serve");
        let log = home.log("server");
        let server = Service::start("the server", serve, &log, Stop::Terminate, Stream::Stdout)?;
        server.wait_for(&log, Duration::from_secs(60), |line| {
            line.strip_prefix("listening on ").map(drop)
        })?;
        Ok(Self { server, _cluster: cluster, url })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Waits until the server ends.
    pub(crate) fn wait(&mut self) -> Result<()> {
        self.server.wait()
    }
}

/// A real one is made on a computer of its own; the demo's lies beside the rest.
fn make_recovery_key(home: &Home) -> Result<()> {
    let public = home.path("recovery_public_key");
    if public.exists() {
        return Ok(());
    }
    let mut make = run::command(paths::program("medrecord-server"));
    let printed = run::stdout(make.args(["recovery-key", "new"]).arg(home.path("recovery_key")))?;
    fs::write(&public, printed).context("the demo's recovery key")
}

/// The demo clinician with a short vocabulary, unless the database has one.
fn add_clinician(home: &Home, cluster: &Cluster, server: &mut Command) -> Result<()> {
    let there = format!("select 1 from clinician where email = '{}'", home::EMAIL);
    if !cluster.query(DATABASE, &there)?.is_empty() {
        return Ok(());
    }
    let vocabulary = fs::read_to_string(paths::root().join("fixtures/demo-vocabulary.txt"))
        .context("fixtures/demo-vocabulary.txt")?;
    let words: Vec<_> =
        vocabulary.split([',', '\n']).map(str::trim).filter(|word| !word.is_empty()).collect();
    server.args(["user", "add", "--email", home::EMAIL, "--name", home::NAME]);
    server.arg("--vocabulary").arg(words.join(", "));
    run::stdout(server.env("MEDRECORD_PASSWORD", home.password()?))?;
    // A new database knows no workstation.
    home.forget("enrolled")
}

fn server(home: &Home, cluster: &Cluster, url: &str, provider: Provider) -> Command {
    let mut server = run::command(paths::program("medrecord-server"));
    configure(&mut server, home, cluster, url, provider);
    server
}

fn configure(server: &mut Command, home: &Home, cluster: &Cluster, url: &str, provider: Provider) {
    let keys = home.path("keys");
    let port = url.rsplit(':').next().unwrap_or_default();
    let (speech, drafting) = match provider {
        Provider::Local => ("local", "dictated"),
        Provider::Openai => ("openai", "openai"),
    };
    server
        .current_dir(paths::root())
        .env("DATABASE_URL", cluster.url(DATABASE))
        .env("HOST", "127.0.0.1")
        .env("PORT", port)
        .env("FRONTEND_URL", url)
        .env("JWT_SECRET_FILE", keys.join("jwt_secret"))
        .env("MASTER_KEYS_FILE", keys.join("master_keys"))
        .env("RECEIPT_KEY_FILE", keys.join("receipt_key"))
        .env("RECOVERY_PUBLIC_KEY_FILE", home.path("recovery_public_key"))
        .env("AUDIO_DIR", home.path("objects"))
        .env("KEYS_DIR", home.path("wrapped-keys"))
        .env("REVIEW_DIR", review_pages())
        .env("SPEECH_PROVIDER", speech)
        .env("DRAFTING_PROVIDER", drafting)
        .env("LOG_FORMAT", "text")
        .env_remove("JWT_SECRET")
        .env_remove("RECOVERY_PUBLIC_KEY");
    if let Ok(model) = paths::speech_model() {
        let model = std::env::var_os("SPEECH_MODEL_DIR").unwrap_or_else(|| model.into());
        server.env("SPEECH_MODEL_DIR", model);
    }
}

fn review_pages() -> std::path::PathBuf {
    paths::root().join(Path::new("web/review/dist"))
}
