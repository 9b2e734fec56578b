//! Who a recording is about. Both may be entered offline and are then provisional until matched.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::PatientText;
use crate::ids::PatientId;

/// A patient as entered on the workstation or known to the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Patient {
    pub id: PatientId,
    /// At most 200 characters.
    #[serde(default)]
    pub name: PatientText,
    /// Medical record number; at most 64 characters.
    #[serde(default)]
    pub mrn: Option<PatientText>,
    #[serde(default)]
    pub birth_date: Option<NaiveDate>,
    #[serde(default)]
    pub sex: Option<Sex>,
}

/// Administrative gender, as in FHIR R4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    Female,
    Male,
    Other,
    Unknown,
}
