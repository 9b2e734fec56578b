//! Opaque secrets: 256 random bits, kept as their SHA-256 only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use medrecord_common::segment::Digest;

/// A session's or refresh token's secret.
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let mut bytes = [0; 32];
        aws_lc_rs::rand::fill(&mut bytes)
            .map_err(|_| anyhow::anyhow!("the system has no randomness"))?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// As a client sent it.
    pub(crate) fn of(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// What the database keeps. A plain hash is enough: nothing can be guessed in 256 random bits.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Digest::of(self.0.as_bytes()).0
    }

    pub(crate) fn expose(self) -> String {
        self.0
    }
}
