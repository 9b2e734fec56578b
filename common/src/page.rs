//! Cursor pagination.

use serde::{Deserialize, Serialize};

/// A page of a list, newest first unless the route says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    pub items: Vec<T>,
    /// To be sent as `?cursor=` for the next page; absent on the last.
    pub next: Option<String>,
}
