//! `GET /api/health`: for people, monitors and container runtimes. It never holds an id.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// 200 when healthy, 503 when not; the same body in both cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Health {
    /// `healthy` or `unhealthy`.
    pub status: String,
    pub timestamp: DateTime<Utc>,
    pub services: Services,
}

/// The parts, each with a word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Services {
    /// `connected` or `unreachable`.
    pub database: String,
    /// `running`.
    pub api: String,
    pub queue: Queue,
    #[serde(default)]
    pub backup: Backup,
}

/// How long ago, in seconds. Absent: not known to the server, or never.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Backup {
    /// The last backup that succeeded.
    pub age_s: Option<i64>,
    /// The last drill that restored one and found it whole.
    pub drill_age_s: Option<i64>,
}

/// Work that waits. Absent numbers: the database did not answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Queue {
    pub waiting: Option<i64>,
    /// Age of the oldest job that could run now, seconds.
    pub oldest_s: Option<i64>,
    /// Jobs that failed ten times or more in a row and are tried again.
    #[serde(default)]
    pub failing: Option<i64>,
    /// Jobs that gave up.
    pub dead: Option<i64>,
}
