//! Table `setting`: small choices of this workstation, by name.

use std::num::NonZeroU32;

use medrecord_common::workstation::ControlMode;
use rusqlite::{Connection, OptionalExtension as _};

use super::{Outbox, OutboxError};

/// After how many minutes a recording ends by itself; `0`: never.
const CAP: &str = "cap_minutes";
/// Unless the clinician set another cap: 4 hours.
const DEFAULT_CAP_MINUTES: u32 = 240;
/// How the Record of a control works: `hold`, else as a toggle.
const CONTROL_MODE: &str = "control_mode";
const HOLD: &str = "hold";
/// So many bytes a second may sync send; not set: as fast as the line.
const UPLOAD_LIMIT: &str = "upload_limit";
/// Before a server's origin: PEM of the one authority that is believed about it; not set: those that the system knows.
const AUTHORITY: &str = "authority ";
/// Below it the server gives a long segment up before all of it is there (10 minutes).
const SLOWEST_UPLOAD: NonZeroU32 = NonZeroU32::new(4_000).expect("it is not 0");

impl Outbox {
    /// After how many minutes a recording ends by itself; none: never. Four hours unless set.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn cap_minutes(&self) -> Result<Option<u32>, OutboxError> {
        let set = self.setting(CAP)?.and_then(|minutes| minutes.parse().ok());
        Ok(Some(set.unwrap_or(DEFAULT_CAP_MINUTES)).filter(|minutes| *minutes > 0))
    }

    /// Sets it for the recordings to come.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_cap_minutes(&self, minutes: Option<u32>) -> Result<(), OutboxError> {
        self.set_setting(CAP, Some(&minutes.unwrap_or(0).to_string()))
    }

    /// How the Record of a foot pedal or dictation microphone works here.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn control_mode(&self) -> Result<ControlMode, OutboxError> {
        let held = self.setting(CONTROL_MODE)?.as_deref() == Some(HOLD);
        Ok(if held { ControlMode::Hold } else { ControlMode::Toggle })
    }

    /// Sets it.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_control_mode(&self, mode: ControlMode) -> Result<(), OutboxError> {
        self.set_setting(CONTROL_MODE, (mode == ControlMode::Hold).then_some(HOLD))
    }

    /// How many bytes a second sync may send; none: as fast as the line.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn upload_limit(&self) -> Result<Option<NonZeroU32>, OutboxError> {
        let set = self.setting(UPLOAD_LIMIT)?.and_then(|bytes| bytes.parse::<NonZeroU32>().ok());
        Ok(set.map(|bytes| bytes.max(SLOWEST_UPLOAD)))
    }

    /// Sets it, from the next segment on.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_upload_limit(&self, bytes: Option<NonZeroU32>) -> Result<(), OutboxError> {
        self.set_setting(UPLOAD_LIMIT, bytes.map(|bytes| bytes.to_string()).as_deref())
    }

    /// PEM of the one authority that is believed about the certificate of the server with this origin; none: those that
    /// the system knows.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn authority(&self, server: &str) -> Result<Option<String>, OutboxError> {
        self.setting(&format!("{AUTHORITY}{server}"))
    }

    /// The servers for which there is one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn servers_with_authority(&self) -> Result<Vec<String>, OutboxError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT substr(name, 1 + length(?1)) FROM setting
                 WHERE name GLOB ?1 || '*' ORDER BY name",
            )?;
            let servers = statement.query_map([AUTHORITY], |row| row.get::<_, String>(0))?;
            Ok(servers.collect::<Result<Vec<_>, _>>()?)
        })
    }

    /// Sets it, from the next connection on.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_authority(&self, server: &str, pem: Option<&str>) -> Result<(), OutboxError> {
        self.set_setting(&format!("{AUTHORITY}{server}"), pem)
    }

    /// # Errors
    /// When the database cannot be read.
    pub fn setting(&self, name: &str) -> Result<Option<String>, OutboxError> {
        self.read(|connection| get(connection, name))
    }

    /// Sets the value, or removes it.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_setting(&self, name: &str, value: Option<&str>) -> Result<(), OutboxError> {
        self.write(|transaction| set(transaction, name, value))
    }
}

pub(super) fn get(connection: &Connection, name: &str) -> Result<Option<String>, OutboxError> {
    let sql = "SELECT value FROM setting WHERE name = ?1";
    Ok(connection.query_row(sql, [name], |row| row.get(0)).optional()?)
}

pub(super) fn set(
    connection: &Connection,
    name: &str,
    value: Option<&str>,
) -> Result<(), OutboxError> {
    match value {
        Some(value) => connection.execute(
            "INSERT INTO setting (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [name, value],
        )?,
        None => connection.execute("DELETE FROM setting WHERE name = ?1", [name])?,
    };
    Ok(())
}
