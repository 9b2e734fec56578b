//! Table `account`: the clinicians who use this workstation, and what was pinned at enrolment.

use medrecord_common::ids::{ClinicianId, DeviceId};
use medrecord_common::receipt::ReceiptKey;
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::{Outbox, OutboxError, receipt_key, setting};

/// Who the window belongs to now.
pub(super) const CURRENT: &str = "current_clinician";

const COLUMNS: &str = "clinician, device, server, email, name, device_name";

/// A clinician's enrolment of this workstation. The credential itself is in the vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub clinician: ClinicianId,
    pub device: DeviceId,
    /// Origin, e.g. `https://medrecord.example.com`.
    pub server: String,
    pub email: String,
    pub name: String,
    pub device_name: String,
    /// Those whose receipts are believed, the oldest first: pinned at enrolment, and their successors.
    pub receipt_keys: Vec<ReceiptKey>,
}

impl Outbox {
    /// Keeps the account, makes it the current one, and gives it the recordings that have no owner.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn enrol(&self, account: &Account) -> Result<(), OutboxError> {
        self.write(|transaction| {
            insert(transaction, account)?;
            let adopt = "UPDATE recording SET owner = ?1 WHERE owner IS NULL";
            transaction.execute(adopt, [account.clinician.0])?;
            setting::set(transaction, CURRENT, Some(&account.clinician.to_string()))
        })
    }

    /// The clinician who uses the workstation now; none before enrolment.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn current_account(&self) -> Result<Option<Account>, OutboxError> {
        self.read(|connection| {
            let Some(id) = setting::get(connection, CURRENT)? else { return Ok(None) };
            let id = id.parse().map_err(|_| OutboxError::Unreadable("setting"))?;
            find(connection, id)
        })
    }

    /// # Errors
    /// When the database cannot be read.
    pub fn account(&self, clinician: ClinicianId) -> Result<Option<Account>, OutboxError> {
        self.read(|connection| find(connection, clinician))
    }

    /// All clinicians who are enrolled here: sync serves each with their own credential.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn accounts(&self) -> Result<Vec<Account>, OutboxError> {
        self.read(rows)
    }
}

fn find(connection: &Connection, clinician: ClinicianId) -> Result<Option<Account>, OutboxError> {
    let sql = format!("SELECT {COLUMNS} FROM account WHERE clinician = ?1");
    let account = connection.query_row(&sql, [clinician.0], from_row).optional()?;
    account.map(|account| with_keys(connection, account)).transpose()
}

fn insert(connection: &Connection, account: &Account) -> Result<(), OutboxError> {
    connection.execute(
        &format!(
            "INSERT INTO account ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (clinician) DO UPDATE SET device = excluded.device,
             server = excluded.server, email = excluded.email, name = excluded.name,
             device_name = excluded.device_name"
        ),
        (
            account.clinician.0,
            account.device.0,
            &account.server,
            &account.email,
            &account.name,
            &account.device_name,
        ),
    )?;
    receipt_key::add(connection, account, &account.receipt_keys)
}

/// All accounts.
pub(super) fn rows(connection: &Connection) -> Result<Vec<Account>, OutboxError> {
    let mut statement = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM account ORDER BY name, email"))?;
    let rows = statement.query_map([], from_row)?.collect::<Result<Vec<_>, _>>()?;
    rows.into_iter().map(|account| with_keys(connection, account)).collect()
}

/// Adds those of clinicians who are not here yet, for their recordings: each has to sign in.
pub(super) fn add(connection: &Connection, accounts: &[Account]) -> Result<(), OutboxError> {
    for account in accounts {
        if find(connection, account.clinician)?.is_none() {
            insert(connection, account)?;
        }
    }
    Ok(())
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        clinician: ClinicianId(row.get(0)?),
        device: DeviceId(row.get(1)?),
        server: row.get(2)?,
        email: row.get(3)?,
        name: row.get(4)?,
        device_name: row.get(5)?,
        receipt_keys: Vec::new(),
    })
}

fn with_keys(connection: &Connection, account: Account) -> Result<Account, OutboxError> {
    let receipt_keys = receipt_key::of(connection, account.clinician, &account.server)?;
    Ok(Account { receipt_keys, ..account })
}
