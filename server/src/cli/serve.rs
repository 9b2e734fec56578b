//! Starts and stops the server, and asks after its health.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use medrecord_common::health::Health;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::PgPool;
use sqlx::migrate::{Migrate as _, MigrateError, Migrator};
use sqlx::postgres::PgPoolOptions;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::logging::Logging;
use crate::clock::Clock;
use crate::config::{Config, Environment};
use crate::speech::{self, Elsewhere, SpeechToText};
use crate::state::App;
use crate::{MIGRATOR, drafting};

/// Connections of one process. PostgreSQL's default is 100 for all.
const CONNECTIONS: u32 = 20;

/// So long a request waits for a connection: its client comes again.
const REQUEST_PATIENCE: Duration = Duration::from_secs(5);
/// A command was typed by somebody, or stops a deployment when it fails. PostgreSQL that was just started again reads its
/// log first, and a name server that missed a question is asked again after 5 s (resolv.conf(5)).
const COMMAND_PATIENCE: Duration = Duration::from_secs(20);

/// Binds, migrates, prints where it listens, and serves until a signal.
pub(super) async fn serve(config: Config) -> anyhow::Result<()> {
    let logging = Logging::start(&config)?;
    allow_open_files();
    let listener = bind(&config).await?;
    // Who runs no jobs need not hold the model in memory.
    let speech: Arc<dyn SpeechToText> = match config.jobs.workers {
        0 => Arc::new(Elsewhere),
        _ => speech::from_config(&config.speech)?,
    };
    let pool = connect_within(&config.database_url, REQUEST_PATIENCE).await?;
    bring_up_to_date(&pool).await?;
    let app = start(config, pool, speech).await?;
    // Before it says that it is there: from then on it may be told to end.
    let cancel = until_signal()?;
    tell(&listener)?;
    app.serve(listener, cancel).await?;
    app.pool.close().await;
    logging.end().await;
    Ok(())
}

/// Runs jobs until a signal.
pub(super) async fn work(config: Config) -> anyhow::Result<()> {
    let logging = Logging::start(&config)?;
    let listener = bind(&config).await?;
    let speech = speech::from_config(&config.speech)?;
    let pool = connect_within(&config.database_url, REQUEST_PATIENCE).await?;
    let app = start(config, pool, speech).await?;
    let cancel = until_signal()?;
    tell(&listener)?;
    app.work(listener, cancel).await?;
    app.pool.close().await;
    logging.end().await;
    Ok(())
}

/// Brings the schema up to date.
pub(super) async fn migrate() -> anyhow::Result<()> {
    let pool = connect(&database_url()?).await?;
    bring_up_to_date(&pool).await
}

/// Asks the server or the worker that this environment configures.
pub(super) async fn health() -> anyhow::Result<()> {
    let port = std::env::var("PORT").unwrap_or_else(|_| "3001".to_owned());
    let client = reqwest::Client::builder().timeout(Duration::from_secs(5)).build()?;
    let url = format!("http://127.0.0.1:{port}/api/health");
    let answer = client.get(url).send().await.context("the server does not answer")?;
    let health: Health = answer.json().await.context("the server's answer cannot be read")?;
    if health.status != crate::health::HEALTHY {
        bail!("{}: database {}", health.status, health.services.database);
    }
    Ok(())
}

/// `DATABASE_URL` (or its file) alone, for commands that need nothing else.
pub(super) fn database_url() -> anyhow::Result<SecretString> {
    Ok(Environment::of_process().database_url()?)
}

/// For a command.
pub(super) async fn connect(url: &SecretString) -> anyhow::Result<PgPool> {
    connect_within(url, COMMAND_PATIENCE).await
}

async fn connect_within(url: &SecretString, patience: Duration) -> anyhow::Result<PgPool> {
    PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(patience)
        .connect(url.expose_secret())
        .await
        .context("the database (DATABASE_URL) does not answer")
}

async fn bind(config: &Config) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(config.listen).await;
    listener.with_context(|| format!("{} cannot be listened on", config.listen))
}

/// As many as the system lets us have. Each event stream is one, and 1,024 is what a process is often begun with; a server
/// that has no more does not answer anyone new, its health check either.
fn allow_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

/// Whoever started it waits for this line.
fn tell(listener: &TcpListener) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "listening on http://{}", listener.local_addr()?)?;
    Ok(stdout.flush()?)
}

/// The server as a value; nothing runs yet.
pub(super) async fn start(
    config: Config,
    pool: PgPool,
    speech: Arc<dyn SpeechToText>,
) -> anyhow::Result<App> {
    let drafter = drafting::from_config(&config.drafting)?;
    App::new(config, pool, speech, drafter, Clock::system()).await
}

/// A schema that a later release has brought further is left as it is: migrations keep what the release before needs, so
/// that it can come back.
async fn bring_up_to_date(pool: &PgPool) -> anyhow::Result<()> {
    // Without a lock: it would be the session's, and behind a pooler that lends sessions by the transaction it would be
    // taken in one and given back in another (docs/scaling.md). What cannot be told is told by the migration itself.
    if is_up_to_date(pool).await.unwrap_or(false) {
        return Ok(());
    }
    let migrations = MIGRATOR.migrations.clone();
    let migrator = Migrator { migrations, ignore_missing: true, ..Migrator::DEFAULT };
    migrator.run(pool).await.context("the database's schema could not be brought up to date")
}

/// Whether every migration of this release was made, as it is here.
async fn is_up_to_date(pool: &PgPool) -> Result<bool, MigrateError> {
    let mut connection = pool.acquire().await?;
    let table = &*MIGRATOR.table_name;
    let made = connection.list_applied_migrations(table).await?;
    let all = MIGRATOR.iter().all(|migration| {
        made.iter().any(|it| it.version == migration.version && it.checksum == migration.checksum)
    });
    Ok(all && connection.dirty_version(table).await?.is_none())
}

/// Cancelled by SIGTERM or SIGINT.
fn until_signal() -> anyhow::Result<CancellationToken> {
    let cancel = CancellationToken::new();
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let token = cancel.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        token.cancel();
    });
    Ok(cancel)
}
