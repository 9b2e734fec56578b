//! Who asks: clinicians, devices and their credentials.

use serde::{Deserialize, Serialize};

use crate::ids::{ClinicianId, DeviceId};
use crate::receipt::ReceiptKey;

/// `POST /api/v1/sign-in`, from the browser. The answer is [`Clinician`] and a cookie.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignIn {
    pub email: String,
    pub password: String,
}

/// `POST /api/v1/devices`: a clinician enrols this workstation. The answer is [`Enrolled`].
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrol {
    pub email: String,
    pub password: String,
    /// The workstation's name as people know it.
    pub device_name: String,
    /// `linux`, `windows` or `macos`.
    pub platform: String,
    /// Release of the desktop program.
    pub version: String,
    /// Set when a second clinician uses a workstation that is enrolled already.
    #[serde(default)]
    pub device: Option<DeviceId>,
}

/// The device's credential, and what the workstation pins from now on.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Enrolled {
    pub device: DeviceId,
    pub clinician: Clinician,
    pub tokens: Tokens,
    /// The key that signs receipts.
    pub receipt_key: ReceiptKey,
    /// The public half of the organisation's recovery key (`age1…`), to which workstations seal their keys.
    #[serde(default)]
    pub recovery_key: Option<String>,
}

/// `POST /api/v1/auth/refresh`. The answer is [`Tokens`].
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Refresh {
    pub refresh_token: String,
    /// A random secret of the workstation's that goes with this token: with the same one, a repeat gets the same
    /// successor. A repeat without it, or with another one, gets a new successor and voids the unused one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
}

/// A short access token (JWT, HS256) and the opaque refresh token that follows it.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tokens {
    pub access_token: String,
    /// Seconds until the access token expires.
    pub expires_in: u32,
    pub refresh_token: String,
}

/// Rights go by role; a clinician sees only what is theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Clinician,
    Admin,
}

/// `GET /api/v1/me`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Clinician {
    pub id: ClinicianId,
    pub name: String,
    pub email: String,
    pub role: Role,
}
