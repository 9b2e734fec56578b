//! Table `change`: what was changed on a recording, append-only, numbered from 0.

use chrono::{DateTime, Utc};
use medrecord_common::ids::RecordingId;
use medrecord_common::recording::{Change, ChangeKind, Consent, Gap};
use rusqlite::{Connection, OptionalExtension as _};

use super::{Outbox, OutboxError, RecordingState, recording, rows};

/// A change, and whether the server has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredChange {
    pub change: Change,
    pub sent: bool,
}

impl Outbox {
    /// Appends a change and returns its number; also after the receipt, for who it is about is often
    /// said last. What is said of the whole recording also stands in its row, as last said. What capture
    /// says of the same moment again is there once: the commit may have reached the disk although it
    /// failed.
    ///
    /// # Errors
    /// [`OutboxError::UnknownRecording`]; [`OutboxError::WrongState`] for a gap in what is finished (it
    /// would change the manifest), and for what would discard or trim a recording under way.
    pub fn add_change(
        &self,
        id: RecordingId,
        at: DateTime<Utc>,
        what: ChangeKind,
    ) -> Result<u32, OutboxError> {
        self.write(|transaction| {
            check(transaction, id, &what)?;
            if let Some(number) = find_same(transaction, id, at, &what)? {
                return Ok(number);
            }
            let number: u32 = transaction.query_row(
                "SELECT count(*) FROM change WHERE recording = ?1",
                [id.0],
                |row| row.get(0),
            )?;
            transaction.execute(
                "INSERT INTO change (recording, number, at, body) VALUES (?1, ?2, ?3, ?4)",
                (id.0, number, rows::time(at), rows::json(&what)),
            )?;
            apply(transaction, id, at, &what)?;
            Ok(number)
        })
    }

    /// All changes of a recording, in order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn change_list(&self, id: RecordingId) -> Result<Vec<StoredChange>, OutboxError> {
        self.read(|connection| list(connection, id))
    }

    /// The server has all changes below `count`.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn changes_sent(
        &self,
        id: RecordingId,
        count: u32,
        at: DateTime<Utc>,
    ) -> Result<(), OutboxError> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE change SET sent_at = ?3
                 WHERE recording = ?1 AND number < ?2 AND sent_at IS NULL",
                (id.0, count, rows::time(at)),
            )?;
            Ok(())
        })
    }
}

fn check(connection: &Connection, id: RecordingId, what: &ChangeKind) -> Result<(), OutboxError> {
    let state = recording::state(connection, id)?;
    let running = state == RecordingState::Recording;
    match what {
        ChangeKind::Gap(_) if !running => Err(OutboxError::WrongState { recording: id, state }),
        ChangeKind::Discard | ChangeKind::Restore | ChangeKind::Trim { .. } if running => {
            Err(OutboxError::WrongState { recording: id, state })
        }
        _ => Ok(()),
    }
}

fn find_same(
    connection: &Connection,
    id: RecordingId,
    at: DateTime<Utc>,
    what: &ChangeKind,
) -> Result<Option<u32>, OutboxError> {
    let (ChangeKind::Marker { .. } | ChangeKind::Gap(_) | ChangeKind::Pause { .. }) = what else {
        return Ok(None);
    };
    let sql = "SELECT number FROM change WHERE recording = ?1 AND at = ?2 AND body = ?3";
    let found = connection
        .prepare_cached(sql)?
        .query_row((id.0, rows::time(at), rows::json(what)), |row| row.get(0))
        .optional()?;
    Ok(found)
}

/// What the row of the recording says after the change.
fn apply(
    connection: &Connection,
    id: RecordingId,
    at: DateTime<Utc>,
    what: &ChangeKind,
) -> Result<(), OutboxError> {
    let set = |column: &str, value: Option<String>| {
        let sql = format!("UPDATE recording SET {column} = ?2 WHERE id = ?1");
        connection.execute(&sql, (id.0, value)).map(drop)
    };
    match what {
        ChangeKind::Patient { patient } => set("patient", Some(rows::json(patient)))?,
        ChangeKind::Consent { given, by } => {
            let consent = Consent { given: *given, by: by.clone(), at };
            set("consent", Some(rows::json(&consent)))?;
        }
        ChangeKind::Discard => set("discarded_at", Some(rows::time(at)))?,
        ChangeKind::Restore => {
            set("discarded_at", None)?;
            // "Discarded", if the server said so, no longer holds: it is asked again.
            set("stage", None)?;
        }
        ChangeKind::Trim { samples } => {
            let sql = "UPDATE recording SET trimmed_to = ?2 WHERE id = ?1";
            connection.execute(sql, (id.0, samples.map(rows::integer)))?;
        }
        ChangeKind::Marker { .. }
        | ChangeKind::Gap(_)
        | ChangeKind::Microphone { .. }
        | ChangeKind::Pause { .. } => {}
    }
    Ok(())
}

pub(super) fn list(
    connection: &Connection,
    id: RecordingId,
) -> Result<Vec<StoredChange>, OutboxError> {
    let mut statement = connection.prepare_cached(
        "SELECT number, at, body, sent_at IS NOT NULL FROM change WHERE recording = ?1
         ORDER BY number",
    )?;
    let found = statement.query_map([id.0], |row| {
        Ok((row.get(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get(3)?))
    })?;
    found
        .map(|row| {
            let (number, at, what, sent) = row?;
            let change =
                Change { number, at: rows::read_time(&at)?, what: rows::read_json(&what)? };
            Ok(StoredChange { change, sent })
        })
        .collect()
}

/// The gaps of a recording, in the order in which they were noticed.
pub(super) fn gaps(connection: &Connection, id: RecordingId) -> Result<Vec<Gap>, OutboxError> {
    let changes = list(connection, id)?;
    Ok(changes
        .into_iter()
        .filter_map(|stored| match stored.change.what {
            ChangeKind::Gap(gap) => Some(gap),
            _ => None,
        })
        .collect())
}
