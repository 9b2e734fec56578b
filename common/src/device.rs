//! Workstations: what they tell of themselves, and how people see them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::DeviceId;

/// `PUT /api/v1/devices/self/report`, once a minute: how it stands on this workstation with the recordings of the
/// clinician whose credential it is sent with. Numbers only: no ids, no text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceReport {
    /// Release of the desktop program.
    pub version: String,
    /// Finished recordings that are not wholly on the server yet.
    pub waiting: u32,
    /// Seconds since the oldest of them began: an age, so that a wrong clock does not matter. Absent when none waits.
    pub oldest_waiting_s: Option<u32>,
    /// Recordings that were refused, and wait for a person.
    pub wedged: u32,
    /// This computer's clock less the server's, in seconds.
    pub clock_skew_s: i32,
}

/// A workstation in `GET /api/v1/devices`. A clinician sees of it what is theirs, an admin all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Device {
    pub id: DeviceId,
    pub name: String,
    /// `linux`, `windows` or `macos`.
    pub platform: String,
    /// Release of the desktop program.
    pub version: String,
    /// Names of those who use it; of a revoked one, of those who did.
    pub clinicians: Vec<String>,
    pub enrolled_at: DateTime<Utc>,
    /// To the minute.
    pub last_seen_at: DateTime<Utc>,
    /// Nobody (of those one sees) may send from it since then.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Absent until it told.
    pub report: Option<LastReport>,
}

/// What a workstation last told of the recordings on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LastReport {
    pub at: DateTime<Utc>,
    pub waiting: u32,
    /// When the oldest of those that wait began, by the server's clock.
    pub oldest_waiting_at: Option<DateTime<Utc>>,
    pub wedged: u32,
    /// Its clock less the server's, in seconds.
    pub clock_skew_s: i32,
}

/// `PATCH /api/v1/devices/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RenameDevice {
    pub name: String,
}
