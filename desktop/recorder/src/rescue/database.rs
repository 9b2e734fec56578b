//! A database read row by row, so that a damaged page costs what was on it and nothing more.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use medrecord_common::ids::RecordingId;
use rusqlite::{Connection, OptionalExtension as _, Params, Row};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use crate::outbox::{DatabaseKey, OutboxError, rows};

/// Only columns of the first schema are asked for: every release has them.
pub(super) struct Database {
    path: PathBuf,
    hex: SecretString,
    connection: RefCell<Connection>,
}

/// A recording's row.
pub(super) struct Head {
    pub(super) started_at: String,
    pub(super) owner: Option<uuid::Uuid>,
    pub(super) create: Value,
    pub(super) patient: Value,
    pub(super) state: String,
    pub(super) recovered: bool,
    pub(super) wedged: Option<String>,
    pub(super) receipt: Option<String>,
    pub(super) note_text: Option<String>,
}

/// Where a segment is on the recording's clock, in samples.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) start: u64,
    pub(super) samples: u64,
}

/// A change; its body is `ChangeKind` as JSON.
pub(super) struct StoredChange {
    pub(super) number: u32,
    pub(super) at: String,
    pub(super) body: Value,
}

/// The file that a recording was imported from.
pub(super) struct Original {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

impl Database {
    /// # Errors
    /// When the key does not fit.
    pub(super) fn open(path: &Path, key: &DatabaseKey) -> Result<Self, OutboxError> {
        let hex = key.to_hex();
        let connection = RefCell::new(connect(path, &hex)?);
        Ok(Self { path: path.to_owned(), hex, connection })
    }

    /// Every recording of which a trace is left, in the order they were made, and whether all could be
    /// listed.
    pub(super) fn recordings(&self) -> (Vec<RecordingId>, bool) {
        // Table and index lie on different pages.
        let queries = [
            "SELECT id FROM recording NOT INDEXED",
            "SELECT id FROM recording ORDER BY id",
            "SELECT DISTINCT recording FROM segment",
            "SELECT DISTINCT recording FROM chunk",
        ];
        let mut ids = BTreeSet::new();
        let mut all_listed = true;
        for query in queries {
            let (found, whole) = self.rows(query, [], |row| Ok(RecordingId(row.get(0)?)));
            ids.extend(found);
            all_listed &= whole;
        }
        (ids.into_iter().collect(), all_listed)
    }

    pub(super) fn head(&self, id: RecordingId) -> Option<Head> {
        let sql =
            "SELECT started_at, owner, body, patient, state, recovered, wedged, receipt, note_text
             FROM recording WHERE id = ?1";
        let read = |row: &Row<'_>| {
            Ok(Head {
                started_at: row.get(0)?,
                owner: row.get(1)?,
                create: json(&row.get::<_, String>(2)?),
                patient: row.get::<_, Option<String>>(3)?.map_or(Value::Null, |text| json(&text)),
                state: row.get(4)?,
                recovered: row.get(5)?,
                wedged: row.get(6)?,
                receipt: row.get(7)?,
                note_text: row.get(8)?,
            })
        };
        self.row(sql, [id.0], read)
    }

    /// How many segments there were, as far as any page says.
    pub(super) fn segments(&self, id: RecordingId) -> u32 {
        let last = |table: &str| {
            let sql = format!("SELECT max(seq) + 1 FROM {table} WHERE recording = ?1");
            self.row(&sql, [id.0], |row| row.get::<_, Option<u32>>(0)).flatten()
        };
        last("segment").max(last("segment_audio")).unwrap_or(0)
    }

    pub(super) fn place(&self, id: RecordingId, seq: u32) -> Option<Place> {
        let sql = "SELECT start, samples FROM segment WHERE recording = ?1 AND seq = ?2";
        let read = |row: &Row<'_>| {
            Ok(Place { start: rows::unsigned(row.get(0)?), samples: rows::unsigned(row.get(1)?) })
        };
        self.row(sql, (id.0, seq), read)
    }

    pub(super) fn flac(&self, id: RecordingId, seq: u32) -> Option<Vec<u8>> {
        let sql = "SELECT flac FROM segment_audio WHERE recording = ?1 AND seq = ?2";
        self.row(sql, (id.0, seq), |row| row.get(0))
    }

    /// First samples of the chunks, in order, and whether all could be listed.
    pub(super) fn chunks(&self, id: RecordingId) -> (Vec<u64>, bool) {
        let sql = "SELECT start FROM chunk WHERE recording = ?1 ORDER BY start";
        self.rows(sql, [id.0], |row| Ok(rows::unsigned(row.get(0)?)))
    }

    pub(super) fn chunk(&self, id: RecordingId, start: u64) -> Option<Vec<i16>> {
        let sql = "SELECT pcm FROM chunk WHERE recording = ?1 AND start = ?2";
        let read = |row: &Row<'_>| Ok(rows::read_pcm(row.get_ref(0)?.as_blob()?));
        self.row(sql, (id.0, rows::integer(start)), read)
    }

    /// The changes in order, and whether all could be read.
    pub(super) fn changes(&self, id: RecordingId) -> (Vec<StoredChange>, bool) {
        let sql = "SELECT number, at, body FROM change WHERE recording = ?1 ORDER BY number";
        self.rows(sql, [id.0], |row| {
            let body = json(&row.get::<_, String>(2)?);
            Ok(StoredChange { number: row.get(0)?, at: row.get(1)?, body })
        })
    }

    /// None as well when the database is older than this table.
    pub(super) fn original(&self, id: RecordingId) -> Option<Original> {
        let sql = "SELECT name, bytes FROM original WHERE recording = ?1";
        let read = |row: &Row<'_>| Ok(Original { name: row.get(0)?, bytes: row.get(1)? });
        self.row(sql, [id.0], read)
    }

    /// The one row, if it is there and can be read.
    fn row<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Option<T> {
        let found = self.connection.borrow().query_row(sql, parameters, read).optional();
        found.unwrap_or_else(|_| {
            self.connect_again();
            None
        })
    }

    /// Rows up to the first that cannot be read, and whether there was none such.
    fn rows<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> (Vec<T>, bool) {
        let mut rows = Vec::new();
        let all = self.collect(sql, parameters, read, &mut rows).is_ok();
        if !all {
            self.connect_again();
        }
        (rows, all)
    }

    fn collect<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
        into: &mut Vec<T>,
    ) -> rusqlite::Result<()> {
        let connection = self.connection.borrow();
        let mut statement = connection.prepare(sql)?;
        for row in statement.query_map(parameters, read)? {
            into.push(row?);
        }
        Ok(())
    }

    /// SQLCipher refuses everything on a connection that met a damaged page.
    fn connect_again(&self) {
        if let Ok(connection) = connect(&self.path, &self.hex) {
            self.connection.replace(connection);
        }
    }
}

fn connect(path: &Path, hex: &SecretString) -> Result<Connection, OutboxError> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "cipher_log_level", "NONE")?;
    connection.pragma_update(None, "key", format!("x'{}'", hex.expose_secret()))?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

/// What is no JSON any more stays as text.
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}
