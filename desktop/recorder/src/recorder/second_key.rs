//! Keeps the second key: the database's key, sealed to the recovery key, beside the database.

use medrecord_common::workstation::{Severity, Warning};

use super::opening::Vault;
use super::state::warning;
use super::{Recorder, RecorderError, locked};
use crate::outbox::RecoveryKeys;
use crate::vault::{RecoveryKey, VaultError, second_key};

/// How it stands with the second key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum SecondKey {
    /// No recovery key is known to seal to.
    #[default]
    None,
    Kept,
    /// It could not be written; tried again at the next start and the next sign-in.
    Failed,
}

impl Recorder {
    /// Seals the database's key when it is not sealed to the pinned recovery key, and pins that key beside
    /// the database. What fails is shown, and stops nothing.
    pub(super) fn keep_second_key(&self) {
        let state = match self.try_keep_second_key() {
            Ok(state) => state,
            Err(error) => {
                tracing::error!(code = error.code(), %error, "no second key");
                SecondKey::Failed
            }
        };
        *locked(&self.inner.second_key) = state;
        self.touch();
    }

    fn try_keep_second_key(&self) -> Result<SecondKey, RecorderError> {
        let vault = locked(&self.inner.vault);
        // A side outbox was sealed before it was made.
        let Vault::Main(key) = &*vault else { return Ok(SecondKey::Kept) };
        let RecoveryKeys { pinned, sealed, .. } = self.inner.outbox.recovery_keys()?;
        let Some(pinned) = pinned else { return Ok(SecondKey::None) };
        let recovery: RecoveryKey = pinned.parse()?;
        // The database is the one that cannot be changed unseen: the file follows it.
        second_key::pin(&self.inner.data_dir, &recovery)?;
        let database = self.inner.data_dir.join(super::DATABASE);
        let there = second_key::sealed_digest(&database).map(|digest| format!("{pinned} {digest}"));
        if there.is_none() || there != sealed {
            let digest = second_key::seal(&database, key, &recovery)?;
            self.inner.outbox.set_sealed(&format!("{pinned} {digest}"))?;
        }
        Ok(SecondKey::Kept)
    }

    /// Trusts a recovery key because a person says so: the one that the server named instead of the pinned
    /// one, or any before there is one.
    ///
    /// # Errors
    /// [`VaultError::NoRecoveryKey`] when it is not the one that the server named.
    pub fn accept_recovery_key(&self, key: &str) -> Result<(), RecorderError> {
        self.require_main()?;
        let key = key.parse::<RecoveryKey>()?.to_string();
        if !self.inner.outbox.accept_recovery_key(&key)? {
            return Err(VaultError::NoRecoveryKey.into());
        }
        self.keep_second_key();
        Ok(())
    }
}

/// What the window says of the second key.
pub(super) fn warnings(state: SecondKey, keys: &RecoveryKeys, enrolled: bool) -> Vec<Warning> {
    let mut warnings = Vec::new();
    match state {
        SecondKey::Kept => {}
        SecondKey::Failed => warnings.push(warning(
            Severity::Warning,
            "second_key_failed",
            "Recording works. The second key of the recordings could not be written beside them; only this \
             computer's keyring opens them. It is tried again at the next start.",
        )),
        SecondKey::None if enrolled => warnings.push(warning(
            Severity::Notice,
            "no_second_key",
            "Your organisation has named no recovery key: what is not on the server yet is opened by this \
             computer's keyring alone.",
        )),
        SecondKey::None => warnings.push(warning(
            Severity::Notice,
            "no_second_key",
            "There is no second key yet: recordings on this computer are opened by its keyring alone. \
             Enrolling this computer makes one.",
        )),
    }
    let parsed =
        |key: &Option<String>| key.as_deref().and_then(|key| key.parse::<RecoveryKey>().ok());
    if let (Some(offered), Some(pinned)) = (parsed(&keys.offered), parsed(&keys.pinned)) {
        let text = format!(
            "The server names another recovery key ({}) than the one this computer trusts ({}). Nothing was \
             changed. Ask your administrator before it is accepted.",
            offered.short(),
            pinned.short()
        );
        warnings.push(warning(Severity::Warning, "recovery_key_changed", &text));
    }
    warnings
}

#[cfg(test)]
mod tests;
