//! How much waits, as numbers: what the workstation tells its server once a minute.

use chrono::{DateTime, Utc};
use medrecord_common::ids::ClinicianId;

use super::{Outbox, OutboxError, rows};

/// Of one clinician's recordings, without discarded ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Backlog {
    /// Finished, and not wholly on the server yet; those that are wedged are not among them.
    pub(crate) waiting: u32,
    /// When the oldest of those began, by this computer's clock.
    pub(crate) oldest_started_at: Option<DateTime<Utc>>,
    /// Refused: they wait for a person.
    pub(crate) wedged: u32,
}

impl Outbox {
    pub(crate) fn backlog(&self, owner: ClinicianId) -> Result<Backlog, OutboxError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT count(*) FILTER (WHERE state = 'finished' AND wedged IS NULL),
                     min(started_at) FILTER (WHERE state = 'finished' AND wedged IS NULL),
                     count(wedged)
                 FROM recording WHERE owner = ?1 AND discarded_at IS NULL",
            )?;
            let (waiting, oldest, wedged) = statement.query_row([owner.0], |row| {
                Ok((row.get(0)?, row.get::<_, Option<String>>(1)?, row.get(2)?))
            })?;
            let oldest_started_at = oldest.as_deref().map(rows::read_time).transpose()?;
            Ok(Backlog { waiting, oldest_started_at, wedged })
        })
    }
}
