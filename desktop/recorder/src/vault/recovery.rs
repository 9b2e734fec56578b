//! The organisation's recovery key: its public half seals, its private half opens (age, X25519).

use std::fmt;
use std::io::Read as _;
use std::path::Path;
use std::str::FromStr;

use age::x25519::{Identity, Recipient};
use secrecy::{ExposeSecret as _, SecretString};

use super::VaultError;
use crate::outbox::DatabaseKey;

/// The public half, `age1…`.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryKey(Recipient);

impl RecoveryKey {
    /// Seals a database key, so that only the private half opens it.
    ///
    /// # Errors
    /// [`VaultError::Seal`]; none is known to happen.
    pub fn seal(&self, key: &DatabaseKey) -> Result<Vec<u8>, VaultError> {
        age::encrypt(&self.0, key.to_hex().expose_secret().as_bytes()).map_err(|_| VaultError::Seal)
    }

    pub(crate) const fn recipient(&self) -> &Recipient {
        &self.0
    }

    /// The last characters: enough for people to compare.
    #[must_use]
    pub fn short(&self) -> String {
        let text = self.to_string();
        format!("age1…{}", &text[text.len() - 8..])
    }
}

impl FromStr for RecoveryKey {
    type Err = VaultError;

    fn from_str(text: &str) -> Result<Self, VaultError> {
        text.trim().parse().map(Self).map_err(|_| VaultError::NoRecoveryKey)
    }
}

impl fmt::Display for RecoveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecoveryKey({})", self.0)
    }
}

/// The private half. It is not kept on a workstation: a person brings it when recordings are rescued.
pub struct RecoveryIdentity(Identity);

impl RecoveryIdentity {
    /// Reads the file that `medrecord-server recovery-key new` made.
    ///
    /// # Errors
    /// [`VaultError::RecoveryKeyFile`] when it cannot be read or holds no private half.
    pub fn read(path: &Path) -> Result<Self, VaultError> {
        let error = |reason: String| VaultError::RecoveryKeyFile {
            path: path.display().to_string(),
            reason,
        };
        let text = std::fs::read_to_string(path).map_err(|io| error(io.to_string()))?;
        let text = SecretString::from(text);
        let lines = text.expose_secret().lines().map(str::trim);
        let found = lines.filter(|line| !line.starts_with('#')).find_map(|line| line.parse().ok());
        found.map(Self).ok_or_else(|| error("it holds no private recovery key".to_owned()))
    }

    /// Opens a sealed database key.
    ///
    /// # Errors
    /// [`VaultError::NotSealedToThis`] when it is sealed to another key, or damaged.
    pub fn open(&self, sealed: &[u8]) -> Result<DatabaseKey, VaultError> {
        let decryptor = age::Decryptor::new(sealed).map_err(|_| VaultError::NotSealedToThis)?;
        let identity = std::iter::once(&self.0 as &dyn age::Identity);
        let mut reader = decryptor.decrypt(identity).map_err(|_| VaultError::NotSealedToThis)?;
        let mut hex = String::new();
        reader.read_to_string(&mut hex).map_err(|_| VaultError::NotSealedToThis)?;
        DatabaseKey::from_hex(&hex.into()).ok_or(VaultError::NotSealedToThis)
    }

    pub(crate) const fn identity(&self) -> &dyn age::Identity {
        &self.0
    }

    #[cfg(test)]
    pub(crate) fn generate() -> Self {
        Self(Identity::generate())
    }

    #[must_use]
    pub fn public(&self) -> RecoveryKey {
        RecoveryKey(self.0.to_public())
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::{DatabaseKey, RecoveryIdentity, RecoveryKey};
    use crate::vault::VaultError;

    #[test]
    fn only_the_private_half_opens_what_the_public_half_sealed() {
        let identity = RecoveryIdentity::generate();
        let key = DatabaseKey::generate().unwrap();
        let public: RecoveryKey = identity.public().to_string().parse().unwrap();
        let mut sealed = public.seal(&key).unwrap();
        let opened = identity.open(&sealed).unwrap();
        assert_eq!(opened.to_hex().expose_secret(), key.to_hex().expose_secret());
        let other = RecoveryIdentity::generate();
        assert!(matches!(other.open(&sealed), Err(VaultError::NotSealedToThis)));
        *sealed.last_mut().unwrap() ^= 1;
        assert!(matches!(identity.open(&sealed), Err(VaultError::NotSealedToThis)));
    }

    #[test]
    fn a_file_without_a_private_half_is_refused_without_quoting_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recovery_key");
        std::fs::write(&path, "# comment\nAGE-SECRET-KEY-1WRONG\n").unwrap();
        let error = RecoveryIdentity::read(&path).err().unwrap();
        assert!(error.to_string().contains("no private recovery key"), "{error}");
        assert!(!error.to_string().contains("1WRONG"), "{error}");
    }
}
