//! The disk: its files by name, what it can hold, and what is to go wrong.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use rusqlite::ffi::{
    SQLITE_FULL, SQLITE_IOERR_DELETE_NOENT, SQLITE_IOERR_FSYNC, SQLITE_IOERR_READ,
    SQLITE_IOERR_WRITE,
};

use crate::file::{Cut, Inode};
use crate::random::Random;
use crate::vfs;

static DISKS: LazyLock<Mutex<HashMap<u64, Disk>>> = LazyLock::new(Mutex::default);
static NEXT: AtomicU64 = AtomicU64::new(1);

/// What is to go wrong. Writes, truncations, syncs and deletions count as steps, from 1.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// Bytes of all files together; more is `SQLITE_FULL`.
    pub capacity: Option<usize>,
    /// This write fails with an I/O error, half of it done.
    pub write: Option<u64>,
    /// This sync fails.
    pub sync: Option<u64>,
    /// Writes and syncs fail from their numbers above on, not only once.
    pub lasting: bool,
    /// After a sync that failed, programs see what is really on the disk.
    pub forget: bool,
    /// The power goes at this step: it and all after it fail until [`Disk::power_on`].
    pub cut: Option<u64>,
}

/// Clones are the same disk.
#[derive(Debug, Clone)]
pub struct Disk {
    number: u64,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    files: HashMap<String, Entry>,
    faults: Faults,
    writes: u64,
    syncs: u64,
    steps: u64,
    /// Counts power cuts: what was opened before one is dead.
    pub(crate) life: u64,
    pub(crate) off: bool,
}

/// A name in the folder. `before` is what the disk still has under it until the folder is synced.
#[derive(Debug, Clone, Default)]
struct Entry {
    current: Option<Inode>,
    before: Option<Option<Inode>>,
}

/// SQLite's word for a failure.
pub(crate) type Code = i32;

impl Disk {
    #[must_use]
    pub fn new() -> Self {
        vfs::register();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let disk = Self { number, state: Arc::default() };
        lock(&DISKS).insert(number, disk.clone());
        disk
    }

    /// The path by which SQLite opens a database on this disk.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        format!("file:/{}/{name}?vfs={}", self.number, vfs::NAME).into()
    }

    /// Replaces what is to go wrong; the counts go on.
    pub fn set(&self, faults: Faults) {
        self.state().faults = faults;
    }

    /// Writes and truncations so far.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.state().writes
    }

    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.state().syncs
    }

    /// All that changes the disk so far.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.state().steps
    }

    /// Bytes of all files together.
    #[must_use]
    pub fn used(&self) -> usize {
        self.state().used()
    }

    /// The power goes now.
    pub fn cut(&self) {
        self.state().off = true;
    }

    /// Cuts the power, if it is not off, and gives it back. What was not synced is kept, lost or torn as
    /// chance has it; connections from before are dead. Nothing goes wrong any more.
    pub fn power_on(&self, random: &mut Random) {
        let mut state = self.state();
        state.faults = Faults::default();
        state.off = false;
        state.life += 1;
        let how =
            [Cut::Kept, Cut::Prefix, Cut::Scattered, Cut::Scattered][random.below(4) as usize];
        let mut names: Vec<_> = state.files.keys().cloned().collect();
        names.sort();
        for name in names {
            let Some(Entry { current, before }) = state.files.remove(&name) else { continue };
            let left = match before {
                Some(before) if random.below(2) == 0 => before,
                _ => current,
            };
            if let Some(inode) = left {
                let current = Some(inode.cut(how, random));
                state.files.insert(name, Entry { current, before: None });
            }
        }
    }

    /// The disk that a file's name, as SQLite knows it, is on, and its name there.
    pub(crate) fn find(full: &str) -> Option<(Self, String)> {
        let (number, name) = full.strip_prefix('/')?.split_once('/')?;
        let disk = lock(&DISKS).get(&number.parse().ok()?)?.clone();
        Some((disk, name.to_owned()))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Forgets the disk; connections on it must be closed.
    pub fn remove(self) {
        lock(&DISKS).remove(&self.number);
    }
}

impl Default for Disk {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    pub(crate) fn exists(&self, name: &str) -> bool {
        self.files.get(name).is_some_and(|entry| entry.current.is_some())
    }

    pub(crate) fn create(&mut self, name: &str) {
        let entry = self.files.entry(name.to_owned()).or_default();
        if entry.current.is_none() {
            entry.before.get_or_insert(None);
            entry.current = Some(Inode::default());
        }
    }

    pub(crate) fn read(&self, name: &str, life: u64) -> Result<&[u8], Code> {
        if self.off || life != self.life {
            return Err(SQLITE_IOERR_READ);
        }
        let entry = self.files.get(name).and_then(|entry| entry.current.as_ref());
        Ok(&entry.ok_or(SQLITE_IOERR_READ)?.now)
    }

    pub(crate) fn write(
        &mut self,
        name: &str,
        life: u64,
        at: usize,
        bytes: &[u8],
    ) -> Result<(), Code> {
        self.writes += 1;
        self.step(life)?;
        let fails = self.hits(self.faults.write, self.writes);
        let grows = (at + bytes.len()).saturating_sub(self.inode(name)?.now.len());
        let room = self.faults.capacity.map_or(usize::MAX, |all| all.saturating_sub(self.used()));
        let inode = self.inode(name)?;
        if fails {
            inode.write(at, &bytes[..bytes.len() / 2]);
            Err(SQLITE_IOERR_WRITE)
        } else if grows > room {
            inode.write(at, &bytes[..bytes.len() - (grows - room).min(bytes.len())]);
            Err(SQLITE_FULL)
        } else {
            inode.write(at, bytes);
            Ok(())
        }
    }

    pub(crate) fn truncate(&mut self, name: &str, life: u64, size: usize) -> Result<(), Code> {
        self.writes += 1;
        self.step(life)?;
        if self.hits(self.faults.write, self.writes) {
            return Err(SQLITE_IOERR_WRITE);
        }
        self.inode(name)?.truncate(size);
        Ok(())
    }

    pub(crate) fn sync(&mut self, name: &str, life: u64, folder: bool) -> Result<(), Code> {
        self.syncs += 1;
        self.step(life)?;
        let forget = self.faults.forget;
        if self.hits(self.faults.sync, self.syncs) {
            self.inode(name)?.fail_sync(forget);
            return Err(SQLITE_IOERR_FSYNC);
        }
        self.inode(name)?.sync();
        if folder {
            self.sync_folder();
        }
        Ok(())
    }

    pub(crate) fn delete(&mut self, name: &str, folder: bool) -> Result<(), Code> {
        let life = self.life;
        self.step(life)?;
        let entry = self.files.get_mut(name).ok_or(SQLITE_IOERR_DELETE_NOENT)?;
        let gone = entry.current.take().ok_or(SQLITE_IOERR_DELETE_NOENT)?;
        entry.before.get_or_insert(Some(gone));
        if folder {
            self.sync_folder();
        }
        Ok(())
    }

    fn sync_folder(&mut self) {
        self.files.values_mut().for_each(|entry| entry.before = None);
        self.files.retain(|_, entry| entry.current.is_some());
    }

    fn inode(&mut self, name: &str) -> Result<&mut Inode, Code> {
        let entry = self.files.get_mut(name).and_then(|entry| entry.current.as_mut());
        entry.ok_or(SQLITE_IOERR_WRITE)
    }

    fn step(&mut self, life: u64) -> Result<(), Code> {
        self.steps += 1;
        self.off |= self.faults.cut == Some(self.steps);
        if self.off || life != self.life { Err(SQLITE_IOERR_WRITE) } else { Ok(()) }
    }

    const fn hits(&self, fault: Option<u64>, number: u64) -> bool {
        match fault {
            Some(at) => number == at || (self.faults.lasting && number > at),
            None => false,
        }
    }

    fn used(&self) -> usize {
        let inodes = self.files.values().filter_map(|entry| entry.current.as_ref());
        inodes.map(|inode| inode.now.len()).sum()
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
