//! Moving to another computer: all recordings out into a bundle, and in again there.

use std::path::Path;

use medrecord_common::ids::RecordingId;
use secrecy::SecretString;

use super::{Recorder, RecorderError};
use crate::bundle::{self, Seal, Unseal};
use crate::vault::VaultError;

impl Recorder {
    /// Writes all recordings of all clinicians into the new file `to`, sealed with a passphrase, or with
    /// none to the recovery key that this computer trusts. Returns how many.
    ///
    /// # Errors
    /// [`VaultError::NoRecoveryKey`]; when the file is there already or cannot be written.
    pub fn bundle_out(
        &self,
        to: &Path,
        passphrase: Option<SecretString>,
    ) -> Result<usize, RecorderError> {
        self.require_main()?;
        let seal = match passphrase {
            Some(passphrase) => Seal::Passphrase(passphrase),
            None => {
                let pinned = self.inner.outbox.recovery_keys()?.pinned;
                Seal::Recovery(pinned.ok_or(VaultError::NoRecoveryKey)?.parse()?)
            }
        };
        Ok(bundle::write(&self.inner.outbox, &self.inner.data_dir, to, seal)?)
    }

    /// Adds the recordings of a bundle that are not here; each stays whose it is. Returns which.
    ///
    /// # Errors
    /// When the bundle does not open; nothing was taken then.
    pub fn bundle_in(
        &self,
        from: &Path,
        unseal: &Unseal,
    ) -> Result<Vec<RecordingId>, RecorderError> {
        self.require_main()?;
        Ok(bundle::read(&self.inner.outbox, &self.inner.data_dir, from, unseal)?)
    }
}
