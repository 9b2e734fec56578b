//! How long can still be recorded on this disk, and the reserve that is given up when it fills.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fs4::FileExt as _;
use medrecord_common::workstation::{Severity, Warning};

use super::{RecorderError, locked};

/// What a second of recording takes at most, in bytes: 32,000 of samples, which FLAC does not shrink when
/// they are noise, and SQLCipher's 4 %, measured by [`tests`]. Speech takes about half.
const A_SECOND: u64 = 34_000;

/// What the database's log and a segment that is being cut may take beside, in bytes.
const BESIDE: u64 = 8 << 20;

/// Under this, no recording is started.
const TO_START: Duration = Duration::from_mins(30);
/// Under this, it is said.
const TO_WARN: Duration = Duration::from_mins(60);

/// Half an hour at [`A_SECOND`]: enough to finish what is being said.
const RESERVE: u64 = 64 << 20;

/// Bytes that a folder's disk has free for this user.
type Measure = Box<dyn Fn(&Path) -> io::Result<u64> + Send + Sync>;

/// The disk of the data folder.
pub(super) struct Space {
    folder: PathBuf,
    measure: Mutex<Measure>,
    /// The reserve was given up in this run, and is not there again yet.
    released: AtomicBool,
}

impl Space {
    pub(super) fn new(folder: PathBuf) -> Self {
        let measure: Measure = Box::new(|folder| fs4::available_space(folder));
        Self { folder, measure: Mutex::new(measure), released: AtomicBool::new(false) }
    }

    /// What can be recorded before the disk is full, the reserve aside, in whole minutes; none when the
    /// system does not say.
    pub(super) fn left(&self) -> Option<Duration> {
        let free = self
            .free()
            .inspect_err(|error| tracing::warn!(%error, "the disk does not say what is free"))
            .ok()?;
        Some(Duration::from_mins(free.saturating_sub(BESIDE) / A_SECOND / 60))
    }

    /// In bytes, for this user.
    pub(super) fn free(&self) -> io::Result<u64> {
        locked(&self.measure)(&self.folder)
    }

    /// Refuses a start that would soon end in a full disk.
    pub(super) fn require(&self) -> Result<(), RecorderError> {
        match self.left() {
            Some(left) if left < TO_START => {
                Err(RecorderError::NoSpace { minutes: left.as_secs() / 60 })
            }
            _ => Ok(()),
        }
    }

    pub(super) fn warning(&self, left: Option<Duration>) -> Option<Warning> {
        if self.released.load(Ordering::Relaxed) {
            return Some(warning(
                Severity::Alarm,
                "disk_full",
                "The disk is full. The room that was kept for this is in use now: finish the recording, \
                 then delete what is not needed on this computer."
                    .to_owned(),
            ));
        }
        let left = left.filter(|left| *left < TO_WARN)?;
        let minutes = left.as_secs() / 60;
        Some(if left < TO_START {
            let text = format!(
                "The disk has room for {minutes} more minutes of recording. What is recorded is safe, \
                 but no new recording can be started. Delete what is not needed on this computer."
            );
            warning(Severity::Alarm, "disk_low", text)
        } else {
            let text = format!(
                "The disk has room for {minutes} more minutes of recording. What is recorded is safe. \
                 Delete what is not needed on this computer."
            );
            warning(Severity::Warning, "disk_low", text)
        })
    }

    /// Makes the reserve when it is not there and there is room for it beside what [`Self::warning`]
    /// asks for: a reserve must not be what fills the disk.
    pub(super) fn keep_reserve(&self) {
        let path = self.reserve();
        if fs::metadata(&path).is_ok_and(|file| file.len() == RESERVE) {
            return;
        }
        let room = A_SECOND * TO_WARN.as_secs() + BESIDE + RESERVE;
        if !locked(&self.measure)(&self.folder).is_ok_and(|free| free > room) {
            return;
        }
        match allocate(&path) {
            Ok(()) => self.released.store(false, Ordering::Relaxed),
            Err(error) => {
                tracing::warn!(%error, "no reserve");
                let _ = fs::remove_file(&path);
            }
        }
    }

    /// The disk is full: gives the reserve up.
    pub(super) fn release_reserve(&self) {
        if fs::remove_file(self.reserve()).is_ok() {
            self.released.store(true, Ordering::Relaxed);
            tracing::warn!("the disk is full: the reserve is given up");
        }
    }

    fn reserve(&self) -> PathBuf {
        self.folder.join("reserve")
    }

    #[cfg(test)]
    pub(super) fn measure_by(
        &self,
        measure: impl Fn(&Path) -> io::Result<u64> + Send + Sync + 'static,
    ) {
        *locked(&self.measure) = Box::new(measure);
    }
}

/// Really allocated, not a hole.
fn allocate(path: &Path) -> io::Result<()> {
    let file = File::create(path)?;
    file.allocate(RESERVE)?;
    file.set_len(RESERVE)?;
    file.sync_all()
}

fn warning(severity: Severity, code: &str, text: String) -> Warning {
    Warning { severity, code: code.to_owned(), text }
}

#[cfg(test)]
mod tests;
