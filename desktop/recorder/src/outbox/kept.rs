//! Databases kept aside beside the one in use: damaged ones, and copies from before an upgrade. They hold
//! what patients said, so they go by themselves.
//!
//! The date stands in the name: `outbox.damaged-2026-11-24T090000Z.db`, `outbox.schema-1.2026-11-24T090000Z.db`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use super::{Outbox, OutboxError, RETENTION, TRASH};
use crate::vault::durable;

const DATE: &str = "%Y-%m-%dT%H%M%SZ";

/// Why a database is kept aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    Damaged,
    /// Copied before it was brought to a newer schema; this is the one it has.
    Schema(usize),
}

impl Why {
    /// A damaged one as long as the trash: nobody reads it but to get back what was lost. A copy as long as
    /// audio stays after its receipt: an upgrade that went wrong is noticed by then.
    const fn stays(self) -> TimeDelta {
        match self {
            Self::Damaged => TRASH,
            Self::Schema(_) => RETENTION,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) path: PathBuf,
    pub(super) why: Why,
    at: DateTime<Utc>,
}

/// The name under which the database is kept aside.
pub(super) fn path(database: &Path, why: Why, at: DateTime<Utc>) -> PathBuf {
    let at = at.format(DATE);
    database.with_extension(match why {
        Why::Damaged => format!("damaged-{at}.db"),
        Why::Schema(version) => format!("schema-{version}.{at}.db"),
    })
}

/// What is kept beside this database.
pub(super) fn list(database: &Path) -> io::Result<Vec<Kept>> {
    let stem = database.file_stem().unwrap_or_default().to_string_lossy();
    let mut found = Vec::new();
    for entry in fs::read_dir(durable::folder_of(database))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let inside = name.strip_prefix(&*stem).and_then(|rest| rest.strip_prefix('.'));
        if let Some((why, at)) = inside.and_then(|rest| read_name(rest.strip_suffix(".db")?)) {
            found.push(Kept { path: entry.path(), why, at });
        }
    }
    Ok(found)
}

fn read_name(name: &str) -> Option<(Why, DateTime<Utc>)> {
    let (why, at) = match name.strip_prefix("damaged-") {
        Some(at) => (Why::Damaged, at),
        None => {
            let (version, at) = name.strip_prefix("schema-")?.split_once('.')?;
            (Why::Schema(version.parse().ok()?), at)
        }
    };
    Some((why, NaiveDateTime::parse_from_str(at, DATE).ok()?.and_utc()))
}

/// Deletes a database with its log, durably.
pub(super) fn remove(kept: &Path) -> io::Result<()> {
    for suffix in ["-wal", "-shm", ""] {
        let mut path = kept.to_owned().into_os_string();
        path.push(suffix);
        durable::remove(Path::new(&path))?;
    }
    durable::sync_folder(durable::folder_of(kept))
}

impl Outbox {
    /// Deletes what was kept aside long enough: damaged databases after [`TRASH`], copies from before an
    /// upgrade after [`RETENTION`]. Returns how many.
    ///
    /// # Errors
    /// When the folder cannot be changed.
    pub fn purge_kept_aside(&self, now: DateTime<Utc>) -> Result<usize, OutboxError> {
        let database = self.link().path().to_owned();
        let mut purged = 0;
        for kept in list(&database).map_err(OutboxError::File)? {
            if now - kept.at >= kept.why.stays() {
                remove(&kept.path).map_err(OutboxError::File)?;
                tracing::info!(why = ?kept.why, "a database that was kept aside is deleted");
                purged += 1;
            }
        }
        Ok(purged)
    }

    /// Lines like `kept aside Damaged since 2026-11-24, 12 MB`.
    pub(crate) fn kept_aside(&self) -> Vec<String> {
        let found = list(self.link().path()).unwrap_or_default();
        let line = |Kept { path, why, at }| {
            let megabytes = fs::metadata(path).map_or(0, |file| file.len() >> 20);
            format!("kept aside {why:?} since {}, {megabytes} MB", at.date_naive())
        };
        found.into_iter().map(line).collect()
    }
}
