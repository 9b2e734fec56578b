//! The real server program with its database and folders, each of which can fail and come back.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::postgres::{PATIENCE, Postgres};

pub(crate) const EMAIL: &str = "soak@clinic.test";
pub(crate) const PASSWORD: &str = "correct horse battery staple";

pub(crate) struct Installation {
    folder: tempfile::TempDir,
    port: u16,
    pub(crate) postgres: Postgres,
    pub(crate) server: Option<Child>,
}

/// A folder for an installation. All that it must not lose lies in `disk` in it.
pub(crate) fn folder() -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    // PostgreSQL's user must reach its own folders in it.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711))?;
    fs::create_dir(folder.path().join("disk"))?;
    Ok(folder)
}

impl Installation {
    pub(crate) async fn open(folder: tempfile::TempDir) -> Result<Self> {
        let at = |name: &str| folder.path().join(name);
        let postgres = Postgres::make(&at("postgres"), &at("disk/postgres")).await?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut installation = Self { folder, port, postgres, server: None };
        let keys = installation.path("keys");
        installation.run(&["keys", "new", &keys.to_string_lossy()]).await?;
        installation.run(&["migrate"]).await?;
        installation.run(&["user", "add", "--email", EMAIL, "--name", "Dr. Soak"]).await?;
        installation.start().await?;
        Ok(installation)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Encrypted audio.
    pub(crate) fn audio(&self) -> PathBuf {
        self.path("disk/audio")
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Starts the server unless it runs; returns once it listens.
    pub(crate) async fn start(&mut self) -> Result<()> {
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            if let Some(child) = &mut self.server
                && child.try_wait()?.is_none()
            {
                return Ok(());
            }
            let log =
                fs::File::options().create(true).append(true).open(self.path("server.log"))?;
            let mut command = self.command();
            let mut child = command.arg("serve").stdout(Stdio::piped()).stderr(log).spawn()?;
            let out = child.stdout.take().context("invariant: it is piped")?;
            if BufReader::new(out).lines().next_line().await?.is_some() {
                self.server = Some(child);
            }
        }
        bail!("the server does not start: {}", self.path("server.log").display())
    }

    /// SIGKILL.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.server.take() {
            child.kill().await?;
        }
        Ok(())
    }

    /// SIGKILL, for both.
    pub(crate) async fn close(&mut self) -> Result<()> {
        self.kill().await?;
        self.postgres.kill().await
    }

    async fn run(&self, arguments: &[&str]) -> Result<()> {
        let output = self.command().args(arguments).output().await?;
        if !output.status.success() {
            bail!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }

    fn command(&self) -> Command {
        let keys = self.path("keys");
        let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_medrecord-server")));
        command
            .env("DATABASE_URL", self.postgres.url("soak"))
            .env("PORT", self.port.to_string())
            .env("FRONTEND_URL", format!("http://{}", self.address()))
            .env("JWT_SECRET_FILE", keys.join("jwt_secret"))
            .env("MASTER_KEYS_FILE", keys.join("master_keys"))
            .env("RECEIPT_KEY_FILE", keys.join("receipt_key"))
            .env("AUDIO_DIR", self.audio())
            .env("KEYS_DIR", self.path("disk/wrapped"))
            // Nobody speaks in what is sent here: it is never asked.
            .env("SPEECH_PROVIDER", "openai")
            .env("OPENAI_BASE_URL", "http://127.0.0.1:9")
            .env("OPENAI_API_KEY", "sk-soak")
            .env("DRAFTING_PROVIDER", "dictated")
            .env("MEDRECORD_PASSWORD", PASSWORD)
            .env("RUST_LOG", "warn")
            .kill_on_drop(true);
        command
    }
}
