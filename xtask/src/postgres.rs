//! A private PostgreSQL cluster in a folder, on a Unix socket only, ended with us.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::service::{Service, Stop, Stream, bound_to_us};
use crate::{digest, run};

/// Oldest release that the migrations are written for.
const OLDEST: u32 = 15;
/// User and group `nobody`: PostgreSQL refuses to run as root.
const NOBODY: u32 = 65_534;
/// A Unix socket's path is at most 107 bytes; the file's own name takes 15.
const SOCKET_FOLDER: usize = 90;

/// What losing power may cost.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Every commit is on disk.
    Kept,
    /// Nothing is synced: for tests.
    Thrown,
}

/// A running cluster.
pub(crate) struct Cluster {
    socket: PathBuf,
    _service: Service,
}

impl Cluster {
    /// Starts the cluster in `folder`, made first if need be.
    pub(crate) fn start(folder: &Path, durability: Durability) -> Result<Self> {
        let programs = programs()?;
        let home = home(folder)?;
        let data = home.join("data");
        if !data.join("PG_VERSION").exists() {
            // A first start that was cut short leaves half a cluster, which initdb would refuse.
            let _ = fs::remove_dir_all(&data);
            let mut initdb = as_owner(&programs.join("initdb"));
            initdb.args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ]);
            run::quiet(initdb.arg("--pgdata").arg(&data)).context("making a database cluster")?;
        }
        stop_leftover(&programs, &data)?;
        let socket = socket_folder(&home)?;
        let mut postgres = bound_to_us(&programs.join("postgres"), Stop::Interrupt, is_root());
        postgres.arg("-D").arg(&data).arg("-k").arg(&socket).env("LC_ALL", "C").current_dir("/");
        for setting in [
            "listen_addresses=",
            "max_connections=300",
            "log_destination=stderr",
            "logging_collector=off",
        ] {
            postgres.args(["-c", setting]);
        }
        if durability == Durability::Thrown {
            for setting in ["fsync=off", "synchronous_commit=off", "full_page_writes=off"] {
                postgres.args(["-c", setting]);
            }
        }
        let log = home.join("postgres.log");
        let service =
            Service::start("PostgreSQL", postgres, &log, Stop::Interrupt, Stream::Stderr)?;
        service.wait_for(&log, Duration::from_secs(60), |line| {
            line.contains("database system is ready to accept connections").then_some(())
        })?;
        Ok(Self { socket, _service: service })
    }

    /// The address of a database in it, for sqlx.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user=postgres", percent_encoded(&self.socket))
    }

    /// Makes a database unless it is there.
    pub(crate) fn create(&self, database: &str) -> Result<()> {
        let there = format!("select 1 from pg_database where datname = '{database}'");
        if self.query("postgres", &there)?.is_empty() {
            run::stdout(
                self.psql("postgres").args(["-c", &format!("create database {database}")]),
            )?;
        }
        Ok(())
    }

    /// What a query answers, a row a line.
    pub(crate) fn query(&self, database: &str, query: &str) -> Result<String> {
        run::stdout(self.psql(database).args(["-Atc", query]))
    }

    /// Makes a database anew, empty.
    pub(crate) fn recreate(&self, database: &str) -> Result<()> {
        let drop = format!("drop database if exists {database} with (force)");
        let create = format!("create database {database}");
        run::stdout(self.psql("postgres").args(["-q", "-c", &drop, "-c", &create]))?;
        Ok(())
    }

    /// Runs files of SQL, each in one transaction.
    pub(crate) fn apply(&self, database: &str, files: &[PathBuf]) -> Result<()> {
        for file in files {
            let mut psql = self.psql(database);
            psql.args(["-q", "-1", "-v", "ON_ERROR_STOP=1", "-f"]).arg(file);
            run::stdout(&mut psql).with_context(|| format!("{}", file.display()))?;
        }
        Ok(())
    }

    fn psql(&self, database: &str) -> Command {
        let mut psql = run::command("psql");
        psql.args(["-X", "-U", "postgres", "-d", database, "-h"]).arg(&self.socket);
        psql
    }
}

/// The newest installed release's programs.
pub(crate) fn programs() -> Result<PathBuf> {
    let releases = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = releases
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|release| Path::new(&format!("/usr/lib/postgresql/{release}/bin/initdb")).exists())
        .max();
    match newest {
        Some(release) if release >= OLDEST => {
            Ok(format!("/usr/lib/postgresql/{release}/bin").into())
        }
        Some(release) => bail!("PostgreSQL {release} is too old: {OLDEST} or newer is needed"),
        None => bail!("PostgreSQL is not installed: run `cargo xtask setup`"),
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|us| us.uid() == 0)
}

fn as_owner(program: &Path) -> Command {
    let mut command = bound_to_us(program, Stop::Interrupt, is_root());
    command.current_dir("/").env("LC_ALL", "C");
    command
}

/// The folder that holds the cluster: the one asked for, or, when root's `nobody` could not reach it, one that it can.
fn home(folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    let folder = fs::canonicalize(folder)?;
    if !is_root() {
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
        return Ok(folder);
    }
    let open = folder.ancestors().skip(1).all(|above| {
        fs::metadata(above).is_ok_and(|above| above.permissions().mode() & 0o001 != 0)
    });
    let home = if open {
        folder
    } else {
        let name = &digest::of_text(&folder.to_string_lossy())[..12];
        let home = Path::new("/var/lib/medrecord-xtask").join(name);
        fs::create_dir_all(&home).with_context(|| format!("make {}", home.display()))?;
        home
    };
    chown(&home, Some(NOBODY), Some(NOBODY))
        .with_context(|| format!("give away {}", home.display()))?;
    fs::set_permissions(&home, fs::Permissions::from_mode(0o700))?;
    Ok(home)
}

fn socket_folder(home: &Path) -> Result<PathBuf> {
    if home.as_os_str().len() <= SOCKET_FOLDER {
        return Ok(home.to_path_buf());
    }
    let folder = std::env::temp_dir().join(format!("medrecord-{}", std::process::id()));
    fs::create_dir(&folder).with_context(|| format!("make {}", folder.display()))?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
    if is_root() {
        chown(&folder, Some(NOBODY), Some(NOBODY))?;
    }
    Ok(folder)
}

/// Ends a server that an earlier run left behind, so that two never share a folder.
fn stop_leftover(programs: &Path, data: &Path) -> Result<()> {
    let mut status = as_owner(&programs.join("pg_ctl"));
    if run::finish(status.arg("status").arg("-D").arg(data))?.0.success() {
        let mut stop = as_owner(&programs.join("pg_ctl"));
        run::quiet(stop.args(["stop", "-m", "fast", "-w", "-D"]).arg(data))?;
    }
    Ok(())
}

fn percent_encoded(path: &Path) -> String {
    let mut encoded = String::new();
    for &byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
