//! Refresh tokens that say themselves, under our HMAC, whose they are and since when.
//!
//! The database knows every token by its hash. One that was restored does not know those that were issued after the
//! backup; by the HMAC it can tell them from invented ones, and no workstation has to sign in again for a restore.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::Secret;

/// Before what is signed, so that nothing else that is signed with this key passes for a token.
const CONTEXT: &str = "medrecord refresh token 1";

/// Before what the random part of a successor is made from.
const SUCCESSOR: &str = "medrecord refresh successor 1";

/// Issues and reads refresh tokens.
#[derive(Clone)]
pub(crate) struct RefreshTokens(hmac::Key);

/// What a token says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) credential: Uuid,
    pub(crate) issued_at: DateTime<Utc>,
}

impl RefreshTokens {
    pub(crate) fn new(secret: &SecretString) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes()))
    }

    /// `RANDOM.CREDENTIAL.MILLISECONDS.HMAC`; to others it is opaque.
    pub(crate) fn issue(&self, credential: Uuid, now: DateTime<Utc>) -> anyhow::Result<Secret> {
        Ok(self.sealed(&Secret::new()?.expose(), credential, now))
    }

    /// The token that follows `parent`: for the same idempotency key the same one, so that a repeat needs no other.
    pub(crate) fn successor(
        &self,
        parent: &str,
        idempotency_key: &str,
        credential: Uuid,
        issued_at: DateTime<Utc>,
    ) -> Secret {
        let made_from = format!("{SUCCESSOR}\n{parent}\n{idempotency_key}");
        let random = URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, made_from.as_bytes()));
        self.sealed(&random, credential, issued_at)
    }

    fn sealed(&self, random: &str, credential: Uuid, issued_at: DateTime<Utc>) -> Secret {
        let said = format!("{random}.{credential}.{}", issued_at.timestamp_millis());
        let tag = hmac::sign(&self.0, signed(&said).as_bytes());
        Secret::of(&format!("{said}.{}", URL_SAFE_NO_PAD.encode(tag)))
    }

    /// None when it is not ours.
    pub(crate) fn read(&self, token: &str) -> Option<Said> {
        let (said, tag) = token.rsplit_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        hmac::verify(&self.0, signed(said).as_bytes(), &tag).ok()?;
        let mut parts = said.splitn(3, '.').skip(1);
        let credential = parts.next()?.parse().ok()?;
        let issued_at = DateTime::from_timestamp_millis(parts.next()?.parse().ok()?)?;
        Some(Said { credential, issued_at })
    }
}

fn signed(said: &str) -> String {
    format!("{CONTEXT}\n{said}")
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::{RefreshTokens, Said};

    #[test]
    fn a_token_says_whose_it_is_and_no_other_secret_reads_it() {
        let tokens = RefreshTokens::new(&"0123456789abcdef0123456789abcdef".into());
        let (credential, issued_at) =
            (Uuid::now_v7(), DateTime::from_timestamp_millis(1_795_000_000_123).unwrap());
        let token = tokens.issue(credential, issued_at).unwrap().expose();
        assert_eq!(tokens.read(&token), Some(Said { credential, issued_at }));
        assert_ne!(token, tokens.issue(credential, issued_at).unwrap().expose());

        let other = token.replace("1795000000123", "1795000000124");
        for forged in [&other, "", ".", "a.b.c.d", &token[1..]] {
            assert_eq!(tokens.read(forged), None, "{forged}");
        }
        let others = RefreshTokens::new(&"f".repeat(32).into());
        assert_eq!(others.read(&token), None);
    }
}
