//! What is to be rescued: the databases of a folder, and the keys that lie sealed beside them.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::RescueError;
use crate::outbox::DatabaseKey;
use crate::recorder::DATABASE;
use crate::vault::{RecoveryIdentity, durable, second_key};

/// Read at a time: a page of the database, so that a bad block costs one.
const BLOCK: usize = 4096;

pub(super) struct Source {
    /// The main one first.
    pub(super) databases: Vec<PathBuf>,
    /// All that the recovery key opens: which fits which database is tried.
    pub(super) keys: Vec<DatabaseKey>,
}

/// A database that is ours to open.
pub(super) struct Copied {
    pub(super) path: PathBuf,
    /// The original's file name.
    pub(super) name: String,
    /// Blocks could not be read and are zeros here.
    pub(super) holes: bool,
}

impl Source {
    /// Lists databases and opens keys; writes nothing.
    pub(super) fn find(from: &Path, recovery: &RecoveryIdentity) -> Result<Self, RescueError> {
        let error = |error| RescueError::File { path: from.to_owned(), error };
        let folder = if from.is_dir() { from } else { durable::folder_of(from) };
        let (mut databases, mut keys, mut sealed) = (Vec::new(), Vec::new(), 0);
        for entry in fs::read_dir(folder).map_err(error)? {
            let path = entry.map_err(error)?.path();
            let name = name(&path);
            if name.ends_with(&format!(".{}", second_key::SEALED)) {
                sealed += 1;
                let bytes = fs::read(&path).map_err(error)?;
                keys.extend(recovery.open(&bytes));
            } else if is_database(&name) {
                databases.push(path);
            }
        }
        if !from.is_dir() {
            databases = vec![from.to_owned()];
        }
        databases.sort_by_key(|path| (name(path) != DATABASE, path.clone()));
        match (databases.is_empty(), sealed, keys.is_empty()) {
            (true, _, _) => Err(RescueError::NoDatabase(folder.to_owned())),
            (_, 0, _) => Err(RescueError::NoSealedKey(folder.to_owned())),
            (_, _, true) => Err(crate::vault::VaultError::NotSealedToThis.into()),
            _ => Ok(Self { databases, keys }),
        }
    }

    /// The database with its write-ahead log, as far as they can be read. Both are encrypted.
    pub(super) fn copy(&self, database: &Path, folder: &Path) -> Result<Copied, RescueError> {
        let name = name(database);
        let path = folder.join(&name);
        let mut holes = copy(database, &path)?;
        let log = with_suffix(database, "-wal");
        if log.exists() {
            holes |= copy(&log, &with_suffix(&path, "-wal"))?;
        }
        Ok(Copied { path, name, holes })
    }
}

impl Copied {
    /// Makes room for the next one; what stays goes with the folder.
    pub(super) fn remove(&self) {
        for suffix in ["", "-wal", "-shm"] {
            let _ = durable::remove(&with_suffix(&self.path, suffix));
        }
    }
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Also those that were set aside, whatever was put behind their name.
fn is_database(name: &str) -> bool {
    name.contains(".db")
        && !["-wal", "-shm", "-journal", ".new"].iter().any(|end| name.ends_with(end))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.to_owned().into_os_string();
    path.push(suffix);
    path.into()
}

/// Copies block by block; one that the disk does not give becomes zeros. Returns whether there was one.
fn copy(from: &Path, to: &Path) -> Result<bool, RescueError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |error| RescueError::File { path, error }
    };
    let mut source = File::open(from).map_err(at(from))?;
    let mut target = durable::create(to).map_err(at(to))?;
    let length = source.metadata().map_err(at(from))?.len();
    let (mut block, mut position, mut holes) = ([0; BLOCK], 0, false);
    while position < length {
        let wanted = BLOCK.min(usize::try_from(length - position).unwrap_or(BLOCK));
        let read = source
            .seek(SeekFrom::Start(position))
            .and_then(|_| source.read_exact(&mut block[..wanted]));
        if read.is_err() {
            holes = true;
            block.fill(0);
        }
        target.write_all(&block[..wanted]).map_err(at(to))?;
        position += wanted as u64;
    }
    Ok(holes)
}
