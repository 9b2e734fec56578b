//! A PostgreSQL cluster of the soak's own, synced to disk as in life, to be killed and started again.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use tokio::process::{Child, Command};

/// User and group `nobody`: PostgreSQL refuses to run as root.
const NOBODY: u32 = 65_534;

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Postgres {
    /// Socket and log.
    home: PathBuf,
    /// The cluster.
    data: PathBuf,
    programs: PathBuf,
    pub(crate) child: Option<Child>,
}

impl Postgres {
    /// Makes a cluster in `data` with the programs of the folder that `POSTGRES_PROGRAMS` names, and starts it.
    pub(crate) async fn make(home: &Path, data: &Path) -> Result<Self> {
        let programs = std::env::var_os("POSTGRES_PROGRAMS")
            .context("POSTGRES_PROGRAMS is not set; `cargo xtask soak sync` sets it")?;
        for folder in [home, data] {
            fs::create_dir(folder)?;
            if is_root() {
                chown(folder, Some(NOBODY), Some(NOBODY))?;
            }
            fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
        }
        let (home, data) = (home.to_owned(), data.to_owned());
        let mut postgres = Self { home, data, programs: programs.into(), child: None };
        let mut initdb = postgres.command("initdb");
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]);
        let made = initdb.arg("-D").arg(&postgres.data).output().await?;
        if !made.status.success() {
            bail!("initdb: {}", String::from_utf8_lossy(&made.stderr));
        }
        postgres.start().await?;
        let mut connection = PgConnection::connect_with(&postgres.options("postgres")?).await?;
        sqlx::query("create database soak").execute(&mut connection).await?;
        Ok(postgres)
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user=postgres", self.home.display())
    }

    pub(crate) fn options(&self, database: &str) -> Result<PgConnectOptions> {
        Ok(self.url(database).parse()?)
    }

    /// Returns when it answers. What is left of a killed one may hold the folder for a moment.
    pub(crate) async fn start(&mut self) -> Result<()> {
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            let is_over = match &mut self.child {
                Some(child) => child.try_wait()?.is_some(),
                None => true,
            };
            if is_over {
                self.child = Some(self.spawn()?);
            }
            if PgConnection::connect_with(&self.options("postgres")?).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("PostgreSQL does not start: {}", self.home.join("log").display())
    }

    /// SIGKILL.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill().await?;
        }
        Ok(())
    }

    /// As an administrator does: connections are ended, and all is written out.
    pub(crate) async fn restart(&mut self) -> Result<()> {
        let mut stop = self.command("pg_ctl");
        stop.args(["stop", "-m", "fast", "-w", "-D"]).arg(&self.data);
        stop.stdout(Stdio::null()).status().await?;
        if let Some(mut child) = self.child.take() {
            child.wait().await?;
        }
        self.start().await
    }

    fn spawn(&self) -> Result<Child> {
        let log = fs::File::options().create(true).append(true).open(self.home.join("log"))?;
        let mut command = self.command("postgres");
        command.arg("-D").arg(&self.data).arg("-k").arg(&self.home);
        command.args(["-c", "listen_addresses=", "-c", "max_connections=100"]);
        Ok(command.stdout(log.try_clone()?).stderr(log).spawn()?)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir("/").env("LC_ALL", "C").kill_on_drop(true);
        if is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|us| us.uid() == 0)
}
