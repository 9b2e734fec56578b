//! Rescue: opens copied databases with the recovery key and writes out everything that is in them.
//!
//! The source is only read. What comes out is plain: WAV and JSON, named by id, for their owner only.

mod database;
mod export;
mod source;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use medrecord_common::ids::RecordingId;

use self::database::Database;
use self::source::{Copied, Source};
use crate::vault::{RecoveryIdentity, VaultError, durable};

/// What became of one recording, or of a database that did not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rescued {
    /// All of it came out; `unfinished` when nobody had stopped it.
    Whole { id: RecordingId, samples: u64, unfinished: bool },
    /// It came out with holes, which are silence in the WAV and named in the JSON.
    Damaged { id: RecordingId, samples: u64 },
    /// Its audio is on the server and was deleted here after the retention time; the JSON came out.
    Released { id: RecordingId },
    /// Nothing of it could be written.
    Failed { id: RecordingId, reason: String },
    /// A database that the recovery key does not open, or that is too damaged to be one.
    Unopened { file: String },
    /// A database in which some rows could not even be listed: there may have been more.
    Incomplete { file: String },
}

impl Rescued {
    /// Whether nothing was left behind.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        matches!(self, Self::Whole { .. } | Self::Released { .. })
    }
}

#[derive(Debug, thiserror::Error)]
pub enum RescueError {
    #[error("There is no database of recordings in {0}.")]
    NoDatabase(PathBuf),
    #[error(
        "There is no sealed key (….key.age) beside the recordings in {0}: this computer had no recovery key. \
         Only its keyring opens them."
    )]
    NoSealedKey(PathBuf),
    #[error("{0} is not empty. Name a new folder: nothing is written over.")]
    NotEmpty(PathBuf),
    #[error("{path} failed: {error}.")]
    File { path: PathBuf, error: std::io::Error },
    #[error("The folder for what comes out cannot be written: {0}.")]
    Write(#[from] std::io::Error),
    #[error("The WAV file cannot be written: {0}.")]
    Wav(#[from] hound::Error),
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Writes everything in `from` (a data folder, or one database in it) into the new folder `out`, telling
/// of each recording as it goes.
///
/// # Errors
/// When nothing could be begun; what happens to single recordings is told to `report`.
pub fn rescue(
    from: &Path,
    recovery: &RecoveryIdentity,
    out: &Path,
    mut report: impl FnMut(&Rescued),
) -> Result<(), RescueError> {
    let source = Source::find(from, recovery)?;
    prepare(out)?;
    let copies = out.join(".copies");
    prepare(&copies)?;
    let mut whole = HashSet::new();
    for database in &source.databases {
        let copied = source.copy(database, &copies)?;
        for rescued in rescue_database(&source, &copied, out, &whole) {
            if let Rescued::Whole { id, .. } = rescued {
                whole.insert(id);
            }
            report(&rescued);
        }
        copied.remove();
    }
    fs::remove_dir_all(&copies).map_err(|error| RescueError::File { path: copies, error })
}

fn rescue_database(
    source: &Source,
    copied: &Copied,
    out: &Path,
    whole: &HashSet<RecordingId>,
) -> Vec<Rescued> {
    let file = copied.name.clone();
    let Some(database) = source.keys.iter().find_map(|key| Database::open(&copied.path, key).ok())
    else {
        return vec![Rescued::Unopened { file }];
    };
    let (ids, all_listed) = database.recordings();
    let mut rescued: Vec<_> = ids
        .into_iter()
        // An older copy of what came out whole has nothing to add.
        .filter(|id| !whole.contains(id))
        .map(|id| {
            export::recording(&database, &file, id, out)
                .unwrap_or_else(|error| Rescued::Failed { id, reason: error.to_string() })
        })
        .collect();
    if !all_listed || copied.holes {
        rescued.push(Rescued::Incomplete { file });
    }
    rescued
}

/// A folder that is empty, and its owner's alone.
fn prepare(folder: &Path) -> Result<(), RescueError> {
    let error = |error| RescueError::File { path: folder.to_owned(), error };
    durable::create_private_folder(folder).map_err(error)?;
    match fs::read_dir(folder).map_err(error)?.next() {
        None => Ok(()),
        Some(_) => Err(RescueError::NotEmpty(folder.to_owned())),
    }
}

#[cfg(test)]
mod tests;
