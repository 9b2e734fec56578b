//! Whether this version may give way to the next one: never while anything is recorded or exported, never at the cost
//! of what was.
//!
//! What the server has not confirmed may wait through it: the outbox is copied before its schema changes, and opened as
//! it was when that fails ([`crate::outbox`]). So it is refused only where that does not help: no room for the copy,
//! pages that cannot be read, recordings whose key ends with this program.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLockReadGuard, TryLockError};

use medrecord_common::workstation::TakeState;

use super::{DATABASE, Recorder, RecorderError};
use crate::outbox;

/// All that decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Situation {
    /// Of the recording under way.
    take: Option<TakeState>,
    /// One is begun and not closed in the outbox: an import, or a take whose end could not be written.
    unfinished: bool,
    /// A recording is being written to a file.
    exporting: bool,
    /// A part of the outbox could not be read in this run.
    damaged: bool,
    /// Something is recorded in a side outbox.
    beside: bool,
    /// What the disk lacks for the copy of the outbox.
    missing_megabytes: u64,
}

/// Why not now, for the clinician: what is safe, what is in the way, what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    #[error(
        "Recording goes on; nothing was installed. MedRecord is not updated while it records: press Stop, then install."
    )]
    Recording,
    #[error(
        "The recording is kept and still paused; nothing was installed. Go on with it or press Stop, then install."
    )]
    Paused,
    #[error(
        "Nothing was installed: a recording is not finished yet, or a file is being imported. What is there of it is \
         kept. Install when it is done; if it stays so, close MedRecord and start it again."
    )]
    Unfinished,
    #[error(
        "Nothing was installed: a recording is being exported to a file. All recordings are safe. Install when the \
         file is saved."
    )]
    Exporting,
    #[error(
        "Nothing was installed: a part of the recordings on this computer cannot be read. The rest is safe. Close \
         MedRecord and start it again: it repairs what it can. Then install."
    )]
    Damaged,
    #[error(
        "Nothing was installed: this computer's keyring is locked, and what you recorded since can join the others \
         only while MedRecord runs. It is kept. Unlock the keyring, then install."
    )]
    Beside,
    #[error(
        "Nothing was installed, and all recordings are safe. A new version copies them before it changes anything, and \
         this disk has no room for the copy. Free {megabytes} MB, then install."
    )]
    NoRoom { megabytes: u64 },
}

impl Situation {
    const fn hindrance(&self) -> Option<UpdateError> {
        match self.take {
            Some(TakeState::Paused) => return Some(UpdateError::Paused),
            Some(TakeState::Starting | TakeState::Recording) => {
                return Some(UpdateError::Recording);
            }
            None => {}
        }
        if self.unfinished {
            Some(UpdateError::Unfinished)
        } else if self.exporting {
            Some(UpdateError::Exporting)
        } else if self.beside {
            Some(UpdateError::Beside)
        } else if self.damaged {
            Some(UpdateError::Damaged)
        } else if self.missing_megabytes > 0 {
            Some(UpdateError::NoRoom { megabytes: self.missing_megabytes })
        } else {
            None
        }
    }
}

/// As long as it lives, nothing begins to be recorded or exported.
pub struct UpdateHold(Recorder);

impl Drop for UpdateHold {
    fn drop(&mut self) {
        *self.0.inner.updating.write().unwrap_or_else(PoisonError::into_inner) = false;
    }
}

/// As long as it lives, a file is being written.
pub(super) struct Exporting<'a>(&'a AtomicUsize);

impl Drop for Exporting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Recorder {
    /// Whether an update could be installed now.
    ///
    /// # Errors
    /// [`RecorderError::NotUpdated`] with the reason, [`RecorderError::Locked`]; when the outbox cannot be read.
    pub fn require_updatable(&self) -> Result<(), RecorderError> {
        self.require_unlocked()?;
        match self.situation()?.hindrance() {
            None => Ok(()),
            Some(hindrance) => Err(hindrance.into()),
        }
    }

    /// The same, and it stays so: nothing is recorded or exported until the hold is dropped or this program has ended.
    ///
    /// # Errors
    /// As [`Self::require_updatable`]; [`RecorderError::Updating`] when it is held already.
    pub fn hold_for_update(&self) -> Result<UpdateHold, RecorderError> {
        let mut updating = match self.inner.updating.try_write() {
            Ok(updating) => updating,
            Err(TryLockError::Poisoned(updating)) => updating.into_inner(),
            // A recording is being started, a file imported, or this moment an export begins.
            Err(TryLockError::WouldBlock) => return Err(UpdateError::Unfinished.into()),
        };
        if *updating {
            return Err(RecorderError::Updating);
        }
        self.require_updatable()?;
        *updating = true;
        drop(updating);
        Ok(UpdateHold(self.clone()))
    }

    /// Held by whoever brings a recording into being, until it is there.
    pub(super) fn require_no_update(&self) -> Result<RwLockReadGuard<'_, bool>, RecorderError> {
        let updating = self.inner.updating.read().unwrap_or_else(PoisonError::into_inner);
        if *updating { Err(RecorderError::Updating) } else { Ok(updating) }
    }

    /// Held by whoever writes a recording to a file, until it is whole.
    pub(super) fn begin_export(&self) -> Result<Exporting<'_>, RecorderError> {
        // Only so long: a hold that is asked for later counts the exports.
        let _no_update = self.require_no_update()?;
        self.inner.exports.fetch_add(1, Ordering::AcqRel);
        Ok(Exporting(&self.inner.exports))
    }

    fn situation(&self) -> Result<Situation, RecorderError> {
        let outbox = self.outbox();
        let progress = self.progress().map(|(_, progress)| progress.borrow().clone());
        let database = self.inner.data_dir.join(DATABASE);
        let missing_megabytes =
            outbox::room_missing_for_upgrade(&database, |_| self.inner.space.free())?;
        Ok(Situation {
            take: progress.filter(|progress| !progress.ended).map(|progress| progress.state),
            unfinished: !outbox.unfinished()?.is_empty(),
            exporting: self.inner.exports.load(Ordering::Acquire) > 0,
            damaged: outbox.needs_salvage(),
            beside: self.side_outbox().is_some() && !outbox.is_empty()?,
            missing_megabytes,
        })
    }
}

#[cfg(test)]
mod tests;
