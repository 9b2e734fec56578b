//! Columns `pin*` of table `account`: the PIN's hash and the tries that failed.

use chrono::{DateTime, Utc};
use medrecord_common::ids::ClinicianId;

use super::{Outbox, OutboxError, account, rows, setting};

/// What is known of a clinician's PIN.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StoredPin {
    /// Argon2id in PHC form; none when no PIN was set.
    pub(crate) hash: Option<String>,
    /// Since the last one that was right.
    pub(crate) failures: u32,
    pub(crate) failed_at: Option<DateTime<Utc>>,
}

impl Outbox {
    /// None for a clinician who is not enrolled here.
    pub(crate) fn pin(&self, clinician: ClinicianId) -> Result<Option<StoredPin>, OutboxError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT pin, pin_failures, pin_failed_at FROM account WHERE clinician = ?1",
            )?;
            let mut found = statement.query([clinician.0])?;
            let Some(row) = found.next()? else { return Ok(None) };
            let failed_at: Option<String> = row.get(2)?;
            let failed_at = failed_at.as_deref().map(rows::read_time).transpose()?;
            Ok(Some(StoredPin { hash: row.get(0)?, failures: row.get(1)?, failed_at }))
        })
    }

    /// Sets the PIN's hash, or takes it away.
    pub(crate) fn set_pin(
        &self,
        clinician: ClinicianId,
        hash: Option<&str>,
    ) -> Result<(), OutboxError> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE account SET pin = ?2, pin_failures = 0, pin_failed_at = NULL
                 WHERE clinician = ?1",
                (clinician.0, hash),
            )?;
            Ok(())
        })
    }

    /// Counts a try before its PIN is compared: one that is cut off counts too.
    pub(crate) fn count_pin_failure(
        &self,
        clinician: ClinicianId,
        at: DateTime<Utc>,
    ) -> Result<(), OutboxError> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE account SET pin_failures = pin_failures + 1, pin_failed_at = ?2
                 WHERE clinician = ?1",
                (clinician.0, rows::time(at)),
            )?;
            Ok(())
        })
    }

    /// The workstation is this clinician's now; the failed tries are forgotten.
    pub(crate) fn make_current(&self, clinician: ClinicianId) -> Result<(), OutboxError> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE account SET pin_failures = 0, pin_failed_at = NULL WHERE clinician = ?1",
                [clinician.0],
            )?;
            setting::set(transaction, account::CURRENT, Some(&clinician.to_string()))
        })
    }
}
