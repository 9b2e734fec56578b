//! The side outbox: recording goes on while the keyring is locked, and joins the others when it opens.

use std::fs;
use std::time::Duration;

use medrecord_common::workstation::{Severity, Warning};
use tokio_util::sync::CancellationToken;

use super::opening::{self, Vault};
use super::pin;
use super::state::warning;
use super::{DATABASE, Inner, Recorder, RecorderError, locked};
use crate::vault::{self, RecoveryIdentity, VaultError, second_key};

/// The keyring is asked again this often; each time it may take its own time-out.
const RETRY: Duration = Duration::from_secs(5);

impl Recorder {
    /// Why recordings go into a side outbox now, in words; none when the main one is open.
    #[must_use]
    pub fn side_outbox(&self) -> Option<String> {
        match &*locked(&self.inner.vault) {
            Vault::Main(_) => None,
            Vault::Side(side) => Some(side.why.to_string()),
        }
    }

    /// Asks for the main outbox's key once more. When it is there, the side outbox is copied into the main
    /// one, which is then open in its place, also for the recording under way; and only then deleted.
    ///
    /// # Errors
    /// When the keyring still keeps the key, or a database fails: recording goes on as before.
    pub fn leave_side_outbox(&self) -> Result<(), RecorderError> {
        let _one = locked(&self.inner.leaving);
        let side = match &*locked(&self.inner.vault) {
            Vault::Main(_) => return Ok(()),
            Vault::Side(side) => side.database.clone(),
        };
        let (main, key) = opening::main(&self.inner.data_dir, &*self.inner.secrets)?;
        let recovered = opening::recover(&main)?;
        self.inner.outbox.move_into(main)?;
        *locked(&self.inner.vault) = Vault::Main(key);
        // Whose recordings these are is known only now.
        self.set_locked(pin::locks(&self.inner.outbox)?);
        locked(&self.inner.recovered).extend(recovered);
        tracing::info!("the side outbox was merged");
        if let Err(error) = opening::remove(&side) {
            tracing::warn!(%error, "the side outbox that was merged is still there");
        }
        self.keep_second_key();
        self.inner.sync.nudge();
        Ok(())
    }

    /// Puts the main outbox's key back into a keyring that lost it, and opens the main outbox.
    ///
    /// # Errors
    /// When the key beside the database is not sealed to this recovery key, or the keyring is locked.
    pub fn restore_key(&self, recovery: &RecoveryIdentity) -> Result<(), RecorderError> {
        let database = self.inner.data_dir.join(DATABASE);
        let sealed = fs::read(second_key::sealed_path(&database)).map_err(RecorderError::Folder)?;
        let key = recovery.open(&sealed)?;
        vault::restore_database_key(&*self.inner.secrets, &database, &key)?;
        self.leave_side_outbox()
    }

    /// Tries [`Self::leave_side_outbox`] until it succeeds, or cancelled.
    pub async fn wait_for_keyring(&self, cancel: CancellationToken) {
        leave_when_open(self, cancel).await;
    }

    /// Enrolling needs the keyring.
    pub(super) fn require_main(&self) -> Result<(), RecorderError> {
        match self.side_outbox() {
            None => Ok(()),
            Some(why) => Err(RecorderError::Side(why)),
        }
    }
}

/// Returns when the main outbox is open, or cancelled.
async fn leave_when_open(recorder: &Recorder, cancel: CancellationToken) {
    while recorder.side_outbox().is_some() {
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(RETRY) => {}
        }
        let leaving = recorder.clone();
        let left = tokio::task::spawn_blocking(move || leaving.leave_side_outbox()).await;
        match left.expect("invariant: a merge does not panic") {
            Ok(()) => return,
            Err(RecorderError::Vault(why)) => {
                if let Vault::Side(side) = &mut *locked(&recorder.inner.vault) {
                    side.why = why;
                }
            }
            Err(error) => tracing::error!(code = error.code(), %error, "the side outbox waits"),
        }
    }
}

/// What the window says of side outboxes.
pub(super) fn warnings(inner: &Inner) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if let Vault::Side(side) = &*locked(&inner.vault) {
        let what = match side.why {
            VaultError::KeyMissing => {
                "The key of your earlier recordings is gone from this computer's keyring; they are kept, and \
                 the recovery key of your organisation opens them."
            }
            _ => {
                "This computer's keyring is locked. Your earlier recordings are kept and can be seen when it \
                 is unlocked."
            }
        };
        let text = format!(
            "{what} Recording works: new recordings are kept encrypted apart from the others and join them when \
             the keyring opens. Keep this program running until then; afterwards only the recovery key opens them."
        );
        warnings.push(warning(Severity::Warning, "side_outbox", &text));
    }
    if inner.left_behind > 0 {
        let text = format!(
            "{} from an earlier start, made while the keyring was locked, can be opened only with the recovery \
             key of your organisation. They are kept. Ask your administrator (medrecord-recorder rescue).",
            if inner.left_behind == 1 {
                "The recordings in 1 side outbox".to_owned()
            } else {
                format!("The recordings in {} side outboxes", inner.left_behind)
            }
        );
        warnings.push(warning(Severity::Warning, "side_outbox_left", &text));
    }
    warnings
}

impl Drop for Inner {
    /// A side outbox into which nothing was recorded need not be rescued.
    fn drop(&mut self) {
        if let Vault::Side(side) = &*locked(&self.vault)
            && self.outbox.is_empty().is_ok_and(|empty| empty)
        {
            let _ = opening::remove(&side.database);
        }
    }
}

#[cfg(test)]
mod tests;
