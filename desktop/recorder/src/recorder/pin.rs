//! The lock of the window, and whose it is: each clinician opens it with a PIN of their own, offline.
//!
//! A lock hides; it never stops a recording, and Record works behind it.

use std::sync::atomic::Ordering;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use chrono::{DateTime, TimeDelta, Utc};
use medrecord_common::ids::ClinicianId;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Recorder, RecorderError};
use crate::outbox::{Outbox, OutboxError, StoredPin};

/// Shorter ones are guessed before the waits grow long.
const SHORTEST: usize = 4;
/// OWASP's minimum for Argon2id: 19 MiB, two passes, one lane.
const PARAMS: (u32, u32, u32) = (19 * 1024, 2, 1);
/// So many wrong PINs cost nothing: fingers slip.
const FREE_FAILURES: u32 = 5;
/// Then the wait doubles from here …
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(30);
/// … up to here: 10,000 PINs take more than three months.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(15);

/// Whether the window of whoever has this outbox begins locked.
pub(super) fn locks(outbox: &Outbox) -> Result<bool, OutboxError> {
    let Some(account) = outbox.current_account()? else { return Ok(false) };
    Ok(outbox.pin(account.clinician)?.is_some_and(|pin| pin.hash.is_some()))
}

impl Recorder {
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.inner.locked.load(Ordering::Acquire)
    }

    /// Hides everything but the recording under way.
    ///
    /// # Errors
    /// [`RecorderError::NoPin`] when nobody could open it again without signing in.
    pub fn lock(&self) -> Result<(), RecorderError> {
        let account = self.inner.outbox.current_account()?.ok_or(RecorderError::NoPin)?;
        self.stored_pin(account.clinician)?.hash.ok_or(RecorderError::NoPin)?;
        self.set_locked(true);
        Ok(())
    }

    /// Opens the window for a clinician, whoever had it before; a recording under way goes on and
    /// stays whose it is.
    ///
    /// # Errors
    /// [`RecorderError::WrongPin`]; [`RecorderError::PinLater`] after too many of them;
    /// [`RecorderError::NoPin`] when this clinician has none and must sign in instead.
    pub fn unlock(
        &self,
        clinician: ClinicianId,
        pin: &SecretString,
        now: DateTime<Utc>,
    ) -> Result<(), RecorderError> {
        let stored = self.stored_pin(clinician)?;
        let hash = stored.hash.as_deref().ok_or(RecorderError::NoPin)?;
        if let Some(wait) = wait(&stored, now) {
            return Err(RecorderError::PinLater { minutes: (wait.num_seconds() + 59) / 60 });
        }
        self.inner.outbox.count_pin_failure(clinician, now)?;
        if !fits(pin, hash) {
            return Err(RecorderError::WrongPin);
        }
        self.inner.outbox.make_current(clinician)?;
        self.set_locked(false);
        Ok(())
    }

    /// Gives the current clinician a PIN, or another one. The window must be open.
    ///
    /// # Errors
    /// [`RecorderError::Locked`]; [`RecorderError::PinTooShort`]; [`RecorderError::NoPin`] before
    /// enrolment, when there is nobody to have one.
    pub fn set_pin(&self, pin: &SecretString) -> Result<(), RecorderError> {
        self.require_unlocked()?;
        let account = self.inner.outbox.current_account()?.ok_or(RecorderError::NoPin)?;
        if pin.expose_secret().chars().count() < SHORTEST {
            return Err(RecorderError::PinTooShort(SHORTEST));
        }
        let hash = argon2()
            .hash_password(pin.expose_secret().as_bytes())
            .map_err(|_| RecorderError::PinNotKept)?;
        Ok(self.inner.outbox.set_pin(account.clinician, Some(&hash.to_string()))?)
    }

    /// What would show or change a patient's data is refused while the window is locked.
    pub(super) fn require_unlocked(&self) -> Result<(), RecorderError> {
        if self.is_locked() { Err(RecorderError::Locked) } else { Ok(()) }
    }

    pub(super) fn set_locked(&self, locked: bool) {
        self.inner.locked.store(locked, Ordering::Release);
        self.touch();
    }

    fn stored_pin(&self, clinician: ClinicianId) -> Result<StoredPin, RecorderError> {
        self.inner.outbox.pin(clinician)?.ok_or(RecorderError::NoPin)
    }
}

/// How long until the next try is taken.
fn wait(pin: &StoredPin, now: DateTime<Utc>) -> Option<TimeDelta> {
    let doublings = pin.failures.checked_sub(FREE_FAILURES)?;
    let wait =
        (0..doublings).try_fold(FIRST_WAIT, |wait, _| (wait < LONGEST_WAIT).then(|| wait * 2));
    let left = pin.failed_at? + wait.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT) - now;
    (left > TimeDelta::zero()).then_some(left)
}

fn fits(pin: &SecretString, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| argon2().verify_password(pin.expose_secret().as_bytes(), &hash).is_ok())
}

fn argon2() -> Argon2<'static> {
    let (memory, passes, lanes) = PARAMS;
    let params = Params::new(memory, passes, lanes, None)
        .expect("invariant: constants within Argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests;
