//! Which recovery key this workstation trusts, as the database remembers it: nobody can exchange it there.

use super::{Outbox, OutboxError, setting};

/// Public half, `age1…`.
const PINNED: &str = "recovery_key";
/// Another one, named by the server since; not trusted until someone accepts it.
const OFFERED: &str = "recovery_key_offered";
/// Of the sealed key beside the database: recovery key, space, digest.
const SEALED: &str = "second_key";

/// Public halves, `age1…`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecoveryKeys {
    pub pinned: Option<String>,
    pub offered: Option<String>,
    /// Which key was sealed last, and the digest of the result.
    pub sealed: Option<String>,
}

impl Outbox {
    /// # Errors
    /// When the database cannot be read.
    pub fn recovery_keys(&self) -> Result<RecoveryKeys, OutboxError> {
        self.read(|connection| {
            Ok(RecoveryKeys {
                pinned: setting::get(connection, PINNED)?,
                offered: setting::get(connection, OFFERED)?,
                sealed: setting::get(connection, SEALED)?,
            })
        })
    }

    /// What a server named at enrolment. The first is pinned; a different one later is only noted.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn offer_recovery_key(&self, key: &str) -> Result<(), OutboxError> {
        self.write(|transaction| match setting::get(transaction, PINNED)? {
            None => setting::set(transaction, PINNED, Some(key)),
            Some(pinned) if pinned == key => setting::set(transaction, OFFERED, None),
            Some(_) => setting::set(transaction, OFFERED, Some(key)),
        })
    }

    /// Trusts the offered key instead of the pinned one, or any when none is pinned; `false` when `key` is
    /// neither.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn accept_recovery_key(&self, key: &str) -> Result<bool, OutboxError> {
        self.write(|transaction| {
            let pinned = setting::get(transaction, PINNED)?;
            if pinned.is_some() && setting::get(transaction, OFFERED)?.as_deref() != Some(key) {
                return Ok(false);
            }
            setting::set(transaction, PINNED, Some(key))?;
            setting::set(transaction, OFFERED, None)?;
            Ok(true)
        })
    }

    /// Remembers what was sealed, to know at the next start whether it is still there.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub(crate) fn set_sealed(&self, sealed: &str) -> Result<(), OutboxError> {
        self.write_quietly(|transaction| setting::set(transaction, SEALED, Some(sealed)))
    }
}
