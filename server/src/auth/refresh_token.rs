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
pub(crate) struct RefreshTokens {
    key: hmac::Key,
    /// Of the secret before: what it made is known, and it makes nothing any more.
    previous: Option<hmac::Key>,
}

/// What a token says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) credential: Uuid,
    pub(crate) issued_at: DateTime<Utc>,
}

impl RefreshTokens {
    pub(crate) fn new(secret: &SecretString, previous: Option<&SecretString>) -> Self {
        let key = |secret: &SecretString| {
            hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes())
        };
        Self { key: key(secret), previous: previous.map(key) }
    }

    /// `RANDOM.CREDENTIAL.MILLISECONDS.HMAC`; to others it is opaque.
    pub(crate) fn issue(&self, credential: Uuid, now: DateTime<Utc>) -> anyhow::Result<Secret> {
        Ok(sealed(&self.key, &Secret::new()?.expose(), credential, now))
    }

    /// The token that follows `parent`: for the same idempotency key the same one, so that a repeat needs no other.
    pub(crate) fn successor(
        &self,
        parent: &str,
        idempotency_key: &str,
        credential: Uuid,
        issued_at: DateTime<Utc>,
    ) -> Secret {
        successor(&self.key, parent, idempotency_key, credential, issued_at)
    }

    /// As [`Self::successor`], as each secret makes it.
    pub(crate) fn successors(
        &self,
        parent: &str,
        idempotency_key: &str,
        credential: Uuid,
        issued_at: DateTime<Utc>,
    ) -> impl Iterator<Item = Secret> {
        self.keys().map(move |key| successor(key, parent, idempotency_key, credential, issued_at))
    }

    /// None when it is not ours.
    pub(crate) fn read(&self, token: &str) -> Option<Said> {
        let (said, tag) = token.rsplit_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        self.keys().find(|key| hmac::verify(key, signed(said).as_bytes(), &tag).is_ok())?;
        let mut parts = said.splitn(3, '.').skip(1);
        let credential = parts.next()?.parse().ok()?;
        let issued_at = DateTime::from_timestamp_millis(parts.next()?.parse().ok()?)?;
        Some(Said { credential, issued_at })
    }

    fn keys(&self) -> impl Iterator<Item = &hmac::Key> {
        [&self.key].into_iter().chain(&self.previous)
    }
}

fn successor(
    key: &hmac::Key,
    parent: &str,
    idempotency_key: &str,
    credential: Uuid,
    issued_at: DateTime<Utc>,
) -> Secret {
    let made_from = format!("{SUCCESSOR}\n{parent}\n{idempotency_key}");
    let random = URL_SAFE_NO_PAD.encode(hmac::sign(key, made_from.as_bytes()));
    sealed(key, &random, credential, issued_at)
}

fn sealed(key: &hmac::Key, random: &str, credential: Uuid, issued_at: DateTime<Utc>) -> Secret {
    let said = format!("{random}.{credential}.{}", issued_at.timestamp_millis());
    let tag = hmac::sign(key, signed(&said).as_bytes());
    Secret::of(&format!("{said}.{}", URL_SAFE_NO_PAD.encode(tag)))
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
        let secret = "0123456789abcdef0123456789abcdef".into();
        let tokens = RefreshTokens::new(&secret, None);
        let (credential, issued_at) =
            (Uuid::now_v7(), DateTime::from_timestamp_millis(1_795_000_000_123).unwrap());
        let token = tokens.issue(credential, issued_at).unwrap().expose();
        assert_eq!(tokens.read(&token), Some(Said { credential, issued_at }));
        assert_ne!(token, tokens.issue(credential, issued_at).unwrap().expose());

        let other = token.replace("1795000000123", "1795000000124");
        for forged in [&other, "", ".", "a.b.c.d", &token[1..]] {
            assert_eq!(tokens.read(forged), None, "{forged}");
        }
        let others = "f".repeat(32).into();
        assert_eq!(RefreshTokens::new(&others, None).read(&token), None);
        let rotated = RefreshTokens::new(&others, Some(&secret));
        assert_eq!(rotated.read(&token), Some(Said { credential, issued_at }));
        let anew = rotated.issue(credential, issued_at).unwrap().expose();
        assert_eq!(tokens.read(&anew), None, "the secret before makes nothing any more");
    }
}
