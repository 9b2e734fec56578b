//! The key of the database: 32 random bytes.

use aws_lc_rs::rand;
use secrecy::{ExposeSecret, SecretBox, SecretString};

/// The raw SQLCipher key; wiped from memory when dropped, never shown by `Debug`.
#[derive(Debug)]
pub struct DatabaseKey(SecretBox<[u8; 32]>);

impl DatabaseKey {
    /// A new key from the system's random source.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn generate() -> Result<Self, aws_lc_rs::error::Unspecified> {
        let mut bytes = Box::new([0; 32]);
        rand::fill(bytes.as_mut_slice())?;
        Ok(Self(SecretBox::new(bytes)))
    }

    /// Reads 64 hexadecimal digits; `None` when the text is anything else.
    #[must_use]
    pub fn from_hex(text: &SecretString) -> Option<Self> {
        let mut bytes = Box::new([0; 32]);
        hex::decode_to_slice(text.expose_secret().trim(), bytes.as_mut_slice()).ok()?;
        Some(Self(SecretBox::new(bytes)))
    }

    #[must_use]
    pub fn to_hex(&self) -> SecretString {
        hex::encode(self.0.expose_secret()).into()
    }
}
