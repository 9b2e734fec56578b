//! Recordings from another outbox: all rows of each in one transaction, whatever tables there are.

use std::sync::atomic::Ordering;

use medrecord_common::ids::{ClinicianId, RecordingId};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params_from_iter};

use super::{Outbox, OutboxError, account};

/// Tables whose rows are large; they are never changed once written.
const AUDIO: [&str; 3] = ["chunk", "segment_audio", "original"];

/// A table that holds something of recordings, and the column that says of which.
struct Table {
    name: String,
    columns: Vec<String>,
    key: &'static str,
}

/// Rows of one table.
struct Rows {
    table: Table,
    rows: Vec<Vec<Value>>,
}

impl Outbox {
    /// Copies the recordings of `from` that are not here, each whole or not at all; returns their ids.
    /// One that is here stays as it is. Those without an owner get the current clinician.
    ///
    /// # Errors
    /// When either database fails; what was copied before stays, and a second call goes on.
    pub fn merge(&self, from: &Self) -> Result<Vec<RecordingId>, OutboxError> {
        let owner = self.current_account()?.map(|account| account.clinician);
        let accounts = from.read(account::rows)?;
        self.write(|transaction| account::add(transaction, &accounts))?;
        let mut added = Vec::new();
        for id in from.read(|connection| ids(connection, "state <> 'recording'"))? {
            if !self.has(id)? {
                let rows = from.read(|connection| rows_of(connection, id, &[]))?;
                self.write(|transaction| insert(transaction, rows, owner))?;
                added.push(id);
            }
        }
        Ok(added)
    }

    /// Copies everything into `main`, the recording under way included, and from then on is `main`, with
    /// all its clones: nothing is written in between. `main` must have no clone.
    ///
    /// # Errors
    /// When either database fails: then this is still what it was, and a second call goes on.
    pub(crate) fn move_into(&self, main: Self) -> Result<(), OutboxError> {
        // Most of it while recording goes on.
        let copied = main.merge(self)?;
        let owner = main.current_account()?.map(|account| account.clinician);
        let mut link = self.link();
        let connection = link.for_reading()?;
        for id in ids(connection, "TRUE")? {
            if copied.contains(&id) {
                let rows = rows_of(connection, id, &AUDIO)?;
                main.write(|transaction| insert(transaction, rows, owner))?;
            } else {
                // An attempt that failed may have left an older state of it.
                let rows = rows_of(connection, id, &[])?;
                main.write(|transaction| {
                    delete(transaction, id, &rows)?;
                    insert(transaction, rows, owner)
                })?;
            }
        }
        let main = std::sync::Arc::into_inner(main.link).expect("invariant: main has no clone");
        *link = main.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        drop(link);
        self.written.fetch_add(1, Ordering::Release);
        self.changes.send_modify(|count| *count += 1);
        Ok(())
    }

    /// Whether nothing was ever recorded into it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn is_empty(&self) -> Result<bool, OutboxError> {
        self.read(|connection| Ok(ids(connection, "TRUE")?.is_empty()))
    }

    fn has(&self, id: RecordingId) -> Result<bool, OutboxError> {
        self.read(|connection| {
            let sql = "SELECT 1 FROM recording WHERE id = ?1";
            Ok(connection.query_row(sql, [id.0], |_| Ok(())).optional()?.is_some())
        })
    }
}

fn ids(connection: &Connection, which: &str) -> Result<Vec<RecordingId>, OutboxError> {
    let sql = format!("SELECT id FROM recording WHERE {which} ORDER BY started_at, id");
    let mut statement = connection.prepare(&sql)?;
    let ids = statement.query_map([], |row| Ok(RecordingId(row.get(0)?)))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// In the order in which they were made: what is referred to comes first.
fn tables(connection: &Connection) -> Result<Vec<Table>, OutboxError> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid";
    let mut statement = connection.prepare(sql)?;
    let names: Vec<String> =
        statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut tables = Vec::new();
    for name in names {
        let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
        let columns: Vec<String> =
            statement.query_map([&name], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let key = if name == "recording" { "id" } else { "recording" };
        if columns.iter().any(|column| column == key) {
            tables.push(Table { name, columns, key });
        }
    }
    Ok(tables)
}

fn rows_of(
    connection: &Connection,
    id: RecordingId,
    skip: &[&str],
) -> Result<Vec<Rows>, OutboxError> {
    let wanted = tables(connection)?.into_iter().filter(|table| !skip.contains(&&*table.name));
    wanted
        .map(|table| {
            let Table { name, columns, key } = &table;
            let sql = format!("SELECT {} FROM {name} WHERE {key} = ?1", columns.join(", "));
            let mut statement = connection.prepare(&sql)?;
            let rows = statement.query_map([id.0], |row| {
                (0..columns.len()).map(|column| row.get(column)).collect::<Result<Vec<_>, _>>()
            })?;
            let rows = rows.collect::<Result<_, _>>()?;
            Ok(Rows { table, rows })
        })
        .collect()
}

/// What refers to a row goes before it.
fn delete(connection: &Connection, id: RecordingId, tables: &[Rows]) -> Result<(), OutboxError> {
    for Rows { table: Table { name, key, .. }, .. } in tables.iter().rev() {
        connection.execute(&format!("DELETE FROM {name} WHERE {key} = ?1"), [id.0])?;
    }
    Ok(())
}

/// Rows that are there already stay, but the recording's own is brought up to date.
fn insert(
    connection: &Connection,
    tables: Vec<Rows>,
    owner: Option<ClinicianId>,
) -> Result<(), OutboxError> {
    for Rows { table, mut rows } in tables {
        if let (true, Some(owner)) = (table.key == "id", owner) {
            adopt(&table, &mut rows, owner);
        }
        let Table { name, columns, key } = &table;
        let places = vec!["?"; columns.len()].join(", ");
        let conflict = if *key == "id" {
            let set = columns.iter().filter(|column| *column != key);
            let set: Vec<_> = set.map(|column| format!("{column} = excluded.{column}")).collect();
            format!("(id) DO UPDATE SET {}", set.join(", "))
        } else {
            "DO NOTHING".to_owned()
        };
        let sql = format!(
            "INSERT INTO {name} ({}) VALUES ({places}) ON CONFLICT {conflict}",
            columns.join(", ")
        );
        let mut statement = connection.prepare(&sql)?;
        for row in rows {
            statement.execute(params_from_iter(row))?;
        }
    }
    Ok(())
}

fn adopt(table: &Table, rows: &mut [Vec<Value>], owner: ClinicianId) {
    let Some(column) = table.columns.iter().position(|column| column == "owner") else { return };
    for row in rows {
        if row[column] == Value::Null {
            row[column] = Value::Blob(owner.0.as_bytes().to_vec());
        }
    }
}

#[cfg(test)]
mod tests;
