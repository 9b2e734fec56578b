//! Reads a damaged database: row by row, around what cannot be read.
//!
//! SQLCipher gives a connection up at the first page whose HMAC does not fit, so each such page costs a
//! new connection; then rows are asked for one by one until they can be read again.

use std::path::PathBuf;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params_from_iter};
use secrecy::SecretString;

use crate::outbox::OutboxError;
use crate::outbox::link::{connect, verify};

/// After so many numbers in a row that cannot be read, a table whose index cannot be read either is taken
/// to be over: more rows than a page holds.
const GIVE_UP: i64 = 400;

/// Rows of one commit.
const BATCH: usize = 200;

/// A database in which any read may fail.
pub(super) struct Damaged {
    path: PathBuf,
    key: SecretString,
    connection: Option<Connection>,
}

impl Damaged {
    pub(super) fn new(path: &std::path::Path, key: &SecretString) -> Self {
        Self { path: path.to_owned(), key: key.clone(), connection: None }
    }

    /// How many steps of the schema it has; none when not even that can be read.
    pub(super) fn version(&mut self) -> Option<usize> {
        self.read(|db| db.query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0)))
            .map(|version| version as usize)
            .inspect_err(|error| tracing::error!(%error, "nothing of the database can be read"))
            .ok()
    }

    /// After a failure the connection is not used again.
    fn read<T>(
        &mut self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, OutboxError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(&self.path, &self.key)?,
        };
        let result = query(&connection)?;
        verify(&connection)?;
        self.connection = Some(connection);
        Ok(result)
    }
}

type Row = Vec<Value>;

/// Copies all tables; returns how many rows are known to be lost.
pub(super) fn all(damaged: &mut Damaged, fresh: &mut Connection) -> Result<u64, OutboxError> {
    let mut lost = 0;
    for table in names(fresh, "SELECT name FROM sqlite_schema WHERE type = 'table'")? {
        let columns = format!("SELECT name FROM pragma_table_info('{table}')");
        let columns = names(fresh, &columns)?.join(", ");
        // What the schema itself put there is replaced by what stood there.
        fresh.execute(&format!("DELETE FROM {table}"), [])?;
        lost += Table { name: &table, columns: &columns }.copy(damaged, fresh)?;
    }
    Ok(lost)
}

fn names(connection: &Connection, sql: &str) -> Result<Vec<String>, OutboxError> {
    let mut statement = connection.prepare(sql)?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

struct Table<'a> {
    name: &'a str,
    columns: &'a str,
}

impl Table<'_> {
    fn copy(&self, damaged: &mut Damaged, fresh: &mut Connection) -> Result<u64, OutboxError> {
        let (mut from, mut lost, mut in_a_row) = (i64::MIN, 0, 0);
        loop {
            let numbers = match self.scan(damaged, from) {
                Ok(rows) => {
                    let last = rows.last().map(|(number, _)| *number);
                    let over = rows.len() < BATCH;
                    self.insert(fresh, rows.into_iter().map(|(_, row)| row))?;
                    match last.filter(|_| !over) {
                        Some(last) => from = last + 1,
                        None => return Ok(lost),
                    }
                    continue;
                }
                Err(numbers) => numbers,
            };
            if let Ok(numbers) = self.numbers_by_index(damaged, from) {
                for number in numbers {
                    match self.row(damaged, number) {
                        Ok(row) => self.insert(fresh, row)?,
                        Err(_) => lost += 1,
                    }
                }
                return Ok(lost);
            }
            // What was read before the failure may be zeros: each row is asked for by itself.
            let next = numbers.last().map_or(from.max(1), |last| last + 1);
            for number in numbers.into_iter().chain([next]) {
                match self.row(damaged, number) {
                    Ok(row) => {
                        self.insert(fresh, row)?;
                        in_a_row = 0;
                    }
                    Err(_) => {
                        lost += 1;
                        in_a_row += 1;
                    }
                }
            }
            from = next + 1;
            if in_a_row >= GIVE_UP {
                return Ok(lost);
            }
        }
    }

    /// Up to a batch of rows in order from a number on; when one of them cannot be read, the numbers met.
    fn scan(&self, damaged: &mut Damaged, from: i64) -> Result<Vec<(i64, Row)>, Vec<i64>> {
        let mut found = Vec::new();
        let sql = format!(
            "SELECT rowid, {} FROM {} NOT INDEXED WHERE rowid >= ?1 ORDER BY rowid LIMIT {BATCH}",
            self.columns, self.name
        );
        let scanned = damaged.read(|db| {
            let mut statement = db.prepare(&sql)?;
            let columns = statement.column_count();
            let mut rows = statement.query([from])?;
            while let Some(row) = rows.next()? {
                let values = (1..columns).map(|column| row.get(column));
                found.push((row.get(0)?, values.collect::<Result<_, _>>()?));
            }
            Ok(())
        });
        match scanned {
            Ok(()) => Ok(found),
            Err(_) => Err(found.into_iter().map(|(number, _)| number).collect()),
        }
    }

    /// All numbers from one on, as the primary key's own tree has them.
    fn numbers_by_index(&self, damaged: &mut Damaged, from: i64) -> Result<Vec<i64>, OutboxError> {
        let sql = format!(
            "SELECT rowid FROM {0} INDEXED BY sqlite_autoindex_{0}_1 WHERE rowid >= ?1",
            self.name
        );
        damaged.read(|db| {
            let mut statement = db.prepare(&sql)?;
            let mut numbers = statement
                .query_map([from], |row| row.get(0))?
                .collect::<rusqlite::Result<Vec<i64>>>()?;
            numbers.sort_unstable();
            Ok(numbers)
        })
    }

    fn row(&self, damaged: &mut Damaged, number: i64) -> Result<Option<Row>, OutboxError> {
        let sql = format!("SELECT {} FROM {} WHERE rowid = ?1", self.columns, self.name);
        damaged.read(|db| {
            let mut statement = db.prepare(&sql)?;
            let columns = statement.column_count();
            let get =
                |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
            statement.query_row([number], get).optional()
        })
    }

    fn insert(
        &self,
        fresh: &mut Connection,
        rows: impl IntoIterator<Item = Row>,
    ) -> Result<(), OutboxError> {
        let transaction = fresh.transaction()?;
        for row in rows {
            let places = vec!["?"; row.len()].join(", ");
            let sql =
                format!("INSERT OR IGNORE INTO {} ({}) VALUES ({places})", self.name, self.columns);
            transaction.prepare_cached(&sql)?.execute(params_from_iter(row))?;
        }
        Ok(transaction.commit()?)
    }
}
