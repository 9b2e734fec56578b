//! A disk in memory whose power can be cut: what was not synced is then kept, lost or torn as chance has it.
//!
//! It is mounted by FUSE, under PostgreSQL and the server alike. What it promises is what ext4 with `data=ordered`
//! promises (Linux: Documentation/admin-guide/ext4.rst, `ext4_sync_file` in fs/ext4/fsync.c), at its meanest:
//! - Names, sizes and owners go through a journal, in order. After a cut some beginning of it is there.
//! - fsync makes a file's bytes durable, and the journal up to the file's own last change (`i_sync_tid`); fdatasync up
//!   to its last change of size (`i_datasync_tid`). So a rename is durable once its folder, or the file again, is
//!   synced, and a write to a log that was there at its full length takes no other file's changes along.
//! - Pages that were not synced come to the disk one by one, in any order, or half, at sectors of 512 bytes. Here, as
//!   on XFS and unlike ext4's ordered mode, a size may be there before the bytes, which then are zeros.

mod content;
mod fuse;
mod operations;
mod state;
#[cfg(test)]
mod tests;
mod tree;

use std::ops::AddAssign;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result, ensure};
use fuser::BackgroundSession;

use self::state::State;
use crate::random::Random;

/// What became of what was not synced.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Lost {
    /// Pages that had been written back all the same.
    pub(crate) kept: u64,
    pub(crate) pages: u64,
    /// Pages of which some sectors are new and some are not.
    pub(crate) torn: u64,
    /// Steps of the journal: names and sizes.
    pub(crate) steps: u64,
}

impl AddAssign for Lost {
    fn add_assign(&mut self, other: Self) {
        self.kept += other.kept;
        self.pages += other.pages;
        self.torn += other.torn;
        self.steps += other.steps;
    }
}

pub(crate) struct Disk {
    folder: PathBuf,
    state: Arc<Mutex<State>>,
    session: Option<BackgroundSession>,
    room: u64,
    deaf_to: Option<u32>,
}

impl Disk {
    /// Mounts an empty disk; none where the system has no FUSE. The syncs of user `deaf_to` do nothing.
    pub(crate) fn mount(folder: &Path, room: u64, deaf_to: Option<u32>) -> Result<Option<Self>> {
        if !Path::new("/dev/fuse").exists() {
            return Ok(None);
        }
        let state = Arc::new(Mutex::new(State::new(fuse::root(folder)?, room)));
        let mut disk = Self { folder: folder.to_owned(), state, session: None, room, deaf_to };
        disk.open()?;
        Ok(Some(disk))
    }

    /// The power goes now: until it is back, nothing is read or written any more.
    pub(crate) fn cut(&self) {
        self.state().is_off = true;
    }

    /// Puts what is left in the place of what was there, with nothing in the system's memory. Programs that have
    /// files open stay with the old disk, which is off.
    pub(crate) fn power_on(&mut self, random: &mut Random) -> Result<Lost> {
        let mut lost = Lost::default();
        let left = self.state().cut(random, &mut lost);
        self.close()?;
        self.state = Arc::new(Mutex::new(left));
        self.open()?;
        Ok(lost)
    }

    /// No byte more has room.
    pub(crate) fn fill(&self) {
        let mut state = self.state();
        state.room = state.used;
    }

    pub(crate) fn free(&self) {
        self.state().room = self.room;
    }

    fn open(&mut self) -> Result<()> {
        let session = fuse::serve(&self.folder, Arc::clone(&self.state), self.deaf_to);
        self.session = Some(session.with_context(|| {
            let folder = self.folder.display();
            format!(
                "/dev/fuse is there, but nothing can be mounted at {folder}. Nothing is lost. As root it needs the \
                 right to mount (a container: --cap-add SYS_ADMIN), else Debian's package fuse3"
            )
        })?);
        Ok(())
    }

    /// At once, whoever has files open.
    fn close(&mut self) -> Result<()> {
        let Some(session) = self.session.take() else { return Ok(()) };
        let done = |program: &str, argument: &str| {
            let mut command = Command::new(program);
            command.arg(argument).arg(&self.folder).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        };
        let is_done = done("umount", "-l") || done("fusermount3", "-uz");
        ensure!(is_done, "{} cannot be unmounted", self.folder.display());
        // Its threads go on until the last who has files open is gone.
        drop(session);
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.cut();
        if let Err(error) = self.close() {
            eprintln!("{error:#}");
        }
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
