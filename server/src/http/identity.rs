//! Who asks, as parameter types: a handler that forgot to ask has no clinician to query with.
//!
//! Every request reads its session's or credential's row, so revoking one acts at once.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum_extra::extract::CookieJar;
use medrecord_common::ids::{ClinicianId, DeviceId};
use uuid::Uuid;

use super::cookie;
use super::error::ApiError;
use crate::audit::Who;
use crate::auth::{Credential, Secret, session_holder};
use crate::config::Release;
use crate::db;
use crate::state::App;

/// What a person is told whose page is not ours.
const ANOTHER_SITE: &str = "This came from another site, so nothing was done. Open MedRecord by its own address and try again.";

/// A signed-in clinician's browser.
pub(crate) struct Browser {
    pub(crate) clinician: ClinicianId,
    pub(crate) token_hash: [u8; 32],
}

/// A clinician's workstation: it may send recordings and read what became of its clinician's.
pub(crate) struct Device {
    pub(crate) clinician: ClinicianId,
    pub(crate) device: DeviceId,
    credential: Uuid,
}

/// Either: reading is the same for both.
pub(crate) enum Reader {
    Browser(Browser),
    Device(Device),
}

/// No other site made the browser send this. For what happens before there is a session.
pub(crate) struct SameOrigin;

/// No desktop of ours that is too old. For what happens before it has a credential.
pub(crate) struct CurrentRelease;

impl Browser {
    pub(crate) const fn who(&self) -> Who {
        Who { clinician: Some(self.clinician), device: None }
    }
}

impl Device {
    pub(crate) const fn who(&self) -> Who {
        Who { clinician: Some(self.clinician), device: Some(self.device) }
    }

    /// Refuses when the credential was revoked since the request began.
    pub(crate) async fn check_again(&self, app: &App) -> Result<(), ApiError> {
        match db::credential::find(&app.pool, self.credential).await? {
            Some(row) if !row.is_revoked => Ok(()),
            _ => Err(ApiError::DeviceRevoked),
        }
    }
}

impl Reader {
    pub(crate) const fn clinician(&self) -> ClinicianId {
        match self {
            Self::Browser(browser) => browser.clinician,
            Self::Device(device) => device.clinician,
        }
    }

    pub(crate) const fn who(&self) -> Who {
        match self {
            Self::Browser(browser) => browser.who(),
            Self::Device(device) => device.who(),
        }
    }

    /// For answers that last, and end with it.
    pub(crate) const fn credential(&self) -> Credential {
        match self {
            Self::Browser(browser) => Credential::Session(browser.token_hash),
            Self::Device(device) => Credential::Device(device.credential),
        }
    }
}

impl FromRequestParts<App> for Browser {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let jar = CookieJar::from_headers(&parts.headers);
        let token = cookie::read(&app.config, &jar).ok_or(ApiError::Unauthenticated)?;
        if !parts.method.is_safe() && !is_same_origin(&parts.headers, app, false) {
            return Err(ApiError::Forbidden(ANOTHER_SITE));
        }
        let token_hash = Secret::of(&token).hash();
        let clinician = session_holder(app, &token_hash).await?.ok_or(ApiError::Unauthenticated)?;
        db::session::touch(&app.pool, &token_hash, app.clock.now()).await?;
        Ok(Self { clinician, token_hash })
    }
}

impl FromRequestParts<App> for Device {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = bearer(&parts.headers).ok_or(ApiError::Unauthenticated)?;
        require_release(&parts.headers, app)?;
        let now = app.clock.now();
        let claims = app.access_tokens.check(token, now).ok_or(ApiError::Unauthenticated)?;
        let row = db::credential::find(&app.pool, claims.cid).await?;
        let row = row.ok_or(ApiError::Unauthenticated)?;
        if row.is_revoked {
            return Err(ApiError::DeviceRevoked);
        }
        app.limits.request(row.device)?;
        if row.last_seen_at < now - db::device::SEEN {
            db::device::touch(&app.pool, row.device, now).await?;
        }
        Ok(Self { clinician: row.clinician, device: row.device, credential: claims.cid })
    }
}

/// A program that is no desktop of ours may speak as one: only what says its release is held to it.
fn require_release(headers: &HeaderMap, app: &App) -> Result<(), ApiError> {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    match agent.and_then(Release::of_agent) {
        Some(release) if release < app.config.oldest_desktop => Err(ApiError::UpdateRequired),
        _ => Ok(()),
    }
}

impl FromRequestParts<App> for Reader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        if bearer(&parts.headers).is_some() {
            Device::from_request_parts(parts, app).await.map(Self::Device)
        } else {
            Browser::from_request_parts(parts, app).await.map(Self::Browser)
        }
    }
}

impl FromRequestParts<App> for SameOrigin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        if is_same_origin(&parts.headers, app, true) {
            Ok(Self)
        } else {
            Err(ApiError::Forbidden(ANOTHER_SITE))
        }
    }
}

impl FromRequestParts<App> for CurrentRelease {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        require_release(&parts.headers, app).map(|()| Self)
    }
}

pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// What the browser itself says of where the request came from; `unsaid` when it says nothing, which
/// no current browser does on an unsafe method.
fn is_same_origin(headers: &HeaderMap, app: &App, unsaid: bool) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    headers.get(header::ORIGIN).map_or(unsaid, |origin| origin == app.config.frontend_url.as_str())
}
