//! `server/.sqlx`: what PostgreSQL says about every query, checked in, so that a build needs no database.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use crate::postgres::{Cluster, Durability};
use crate::step::step;
use crate::{digest, paths, run, setup};

/// The database that queries are checked against.
const DATABASE: &str = "queries";

/// Asks a real database about every query and puts the answers into `server/.sqlx`.
pub(crate) fn run() -> Result<()> {
    setup::run(setup::Scope::Window)?;
    let cluster = Cluster::start(&paths::target().join("xtask/postgres"), Durability::Thrown)?;
    let fresh = fresh_folder()?;
    step("check every query against PostgreSQL", || {
        let mut cargo = run::cargo(&["check", "-p", "medrecord-server", "--all-targets"]);
        run::shown(online(&cluster, &mut cargo, &fresh)?)
    })?;
    let checked_in = checked_in();
    let _ = fs::remove_dir_all(&checked_in);
    fs::create_dir_all(&checked_in)?;
    for (name, bytes) in contents(&fresh)? {
        fs::write(checked_in.join(name), bytes)?;
    }
    Ok(())
}

/// Makes a cargo command check the queries against the cluster and note the answers in `folder`.
///
/// Cargo does not see that the database changed, so the crate's roots are touched: it is compiled for certain.
pub(crate) fn online<'a>(
    cluster: &Cluster,
    cargo: &'a mut Command,
    folder: &Path,
) -> Result<&'a mut Command> {
    cluster.recreate(DATABASE)?;
    let migrations = digest::files(&paths::root().join("migrations"), &[])?;
    let migrations: Vec<_> = migrations
        .into_iter()
        .filter(|file| file.extension().is_some_and(|e| e == "sql"))
        .collect();
    cluster.apply(DATABASE, &migrations)?;
    for source in ["server/src/lib.rs", "server/src/main.rs", "server/tests/it/main.rs"] {
        if let Ok(file) = fs::File::options().append(true).open(paths::root().join(source)) {
            file.set_modified(SystemTime::now()).context("touch the server's sources")?;
        }
    }
    cargo
        .env("DATABASE_URL", cluster.url(DATABASE))
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", folder);
    Ok(cargo)
}

/// An empty folder for the answers.
pub(crate) fn fresh_folder() -> Result<PathBuf> {
    let folder = paths::target().join("xtask/sqlx");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Whether the answers are those that are checked in.
pub(crate) fn compare(fresh: &Path) -> Result<()> {
    let (fresh, checked_in) = (contents(fresh)?, contents(&checked_in()).unwrap_or_default());
    if fresh.is_empty() {
        bail!("no query was checked against the database");
    }
    if fresh != checked_in {
        bail!("server/.sqlx does not fit the queries and migrations: run `cargo xtask sqlx`");
    }
    Ok(())
}

fn checked_in() -> PathBuf {
    paths::root().join("server/.sqlx")
}

fn contents(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut contents = BTreeMap::new();
    for path in digest::files(folder, &[])? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("query-") {
            contents.insert(name, fs::read(&path)?);
        }
    }
    Ok(contents)
}
