//! A clinician's credential on this device: the access token in memory, the refresh token in the vault.
//!
//! Beside the refresh token stands the key of its one renewal, chosen when the token came. However often that is
//! asked for, by whichever run of the program, and in whatever order the network delivers it, the successor is the
//! same: nothing but a thief can void the token that is in the vault.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use medrecord_common::auth::{Refresh, Tokens};
use medrecord_common::ids::ClinicianId;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;

use super::SyncError;
use super::client::Client;
use crate::vault::{SecretStore, VaultError, credential_name};

/// A token is renewed when this part of its life is over.
const RENEW_AFTER: f64 = 0.8;

/// One refresh at a time: the lock is held over it.
pub(super) struct Credential {
    clinician: ClinicianId,
    secrets: Arc<dyn SecretStore>,
    access: Mutex<Option<Access>>,
}

struct Access {
    token: SecretString,
    renew_at: Instant,
}

impl Credential {
    pub(super) fn new(clinician: ClinicianId, secrets: Arc<dyn SecretStore>) -> Self {
        Self { clinician, secrets, access: Mutex::new(None) }
    }

    /// An access token that is good for a while yet.
    pub(super) async fn token(&self, client: &Client) -> Result<SecretString, SyncError> {
        let mut access = self.access.lock().await;
        if let Some(access) = access.as_ref()
            && Instant::now() < access.renew_at
        {
            return Ok(access.token.clone());
        }
        let (secrets, name) = (Arc::clone(&self.secrets), credential_name(self.clinician));
        let kept = blocking(move || secrets.get(&name)).await?.ok_or(SyncError::SignInNeeded)?;
        let tokens = match client.refresh(&renewal(&kept)).await {
            // Whatever it says of the token, it is not about a recording.
            Err(SyncError::Refused(_)) => return Err(SyncError::SignInNeeded),
            answer => answer?,
        };
        keep(&self.secrets, self.clinician, &tokens).await?;
        Ok(access.insert(Access::of(&tokens)).token.clone())
    }

    /// The server no longer accepts this access token: the next call gets another.
    pub(super) async fn forget(&self, token: &SecretString) {
        let mut access = self.access.lock().await;
        access.take_if(|access| access.token.expose_secret() == token.expose_secret());
    }
}

impl Access {
    fn of(tokens: &Tokens) -> Self {
        let life = Duration::from_secs(u64::from(tokens.expires_in)).mul_f64(RENEW_AFTER);
        Self { token: tokens.access_token.clone().into(), renew_at: Instant::now() + life }
    }
}

/// The refresh token is in the vault before anything else is done: whoever loses it is locked out.
pub(super) async fn keep(
    secrets: &Arc<dyn SecretStore>,
    clinician: ClinicianId,
    tokens: &Tokens,
) -> Result<(), SyncError> {
    let (secrets, name) = (Arc::clone(secrets), credential_name(clinician));
    let token = kept(tokens).ok_or(VaultError::NoRandomness)?;
    blocking(move || secrets.set(&name, &token)).await
}

/// What the vault keeps: `TOKEN KEY`. None when the system has no randomness.
fn kept(tokens: &Tokens) -> Option<SecretString> {
    let mut key = [0; 16];
    aws_lc_rs::rand::fill(&mut key).ok()?;
    Some(format!("{} {}", tokens.refresh_token, URL_SAFE_NO_PAD.encode(key)).into())
}

/// Of what the vault keeps; releases before this one kept no key.
fn renewal(kept: &SecretString) -> Refresh {
    let (token, key) = match kept.expose_secret().split_once(' ') {
        Some((token, key)) => (token, Some(key.to_owned())),
        None => (kept.expose_secret(), None),
    };
    Refresh { refresh_token: token.to_owned(), idempotency_key: key }
}

/// A keyring may ask the user: never on an async thread.
async fn blocking<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, SyncError> {
    let result = tokio::task::spawn_blocking(call).await;
    Ok(result.expect("invariant: the vault does not panic")?)
}

#[cfg(test)]
mod tests {
    use medrecord_common::auth::Tokens;
    use secrecy::ExposeSecret as _;

    use super::{kept, renewal};

    fn tokens() -> Tokens {
        let (access_token, refresh_token) = ("a.b.c".to_owned(), "random.of.1.hmac".to_owned());
        Tokens { access_token, expires_in: 600, refresh_token }
    }

    #[test]
    fn a_token_is_renewed_with_the_key_that_was_chosen_when_it_came() {
        let vault = kept(&tokens()).unwrap();
        let (first, again) = (renewal(&vault), renewal(&vault));
        assert_eq!(first.refresh_token, "random.of.1.hmac");
        assert!(first.idempotency_key.is_some());
        assert_eq!(first.idempotency_key, again.idempotency_key);
        assert_ne!(vault.expose_secret(), kept(&tokens()).unwrap().expose_secret());
    }

    #[test]
    fn what_an_earlier_release_kept_is_renewed_without_a_key() {
        let renewal = renewal(&"random.of.1.hmac".into());
        assert_eq!(renewal.refresh_token, "random.of.1.hmac");
        assert_eq!(renewal.idempotency_key, None);
    }
}
