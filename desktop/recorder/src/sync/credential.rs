//! A clinician's credential on this device: the access token in memory, the refresh token in the vault.

use std::sync::Arc;
use std::time::{Duration, Instant};

use medrecord_common::auth::Tokens;
use medrecord_common::ids::ClinicianId;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;

use super::SyncError;
use super::client::Client;
use crate::vault::{SecretStore, credential_name};

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
        let refresh = blocking(move || secrets.get(&name)).await?;
        let refresh = refresh.ok_or(SyncError::SignInNeeded)?;
        let tokens = match client.refresh(&refresh).await {
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
    let token = SecretString::from(tokens.refresh_token.clone());
    blocking(move || secrets.set(&name, &token)).await
}

/// A keyring may ask the user: never on an async thread.
async fn blocking<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, crate::vault::VaultError> + Send + 'static,
) -> Result<T, SyncError> {
    let result = tokio::task::spawn_blocking(call).await;
    Ok(result.expect("invariant: the vault does not panic")?)
}
