//! When the last backup, the last copy of one elsewhere and the last restore drill succeeded, as `ops/backup.sh` and
//! `ops/restore-drill.sh` write it.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Deserialize;

/// What the status file says; nothing when it is not there or cannot be read.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Backup {
    pub(crate) last_backup: Option<DateTime<Utc>>,
    pub(crate) last_off_site: Option<DateTime<Utc>>,
    pub(crate) last_drill: Option<DateTime<Utc>>,
}

impl Backup {
    pub(crate) fn read(file: &Path) -> Self {
        let text = std::fs::read(file).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }
}
