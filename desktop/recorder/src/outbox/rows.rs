//! How values stand in rows.

use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::Connection;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::OutboxError;

/// Reads all rows but those of audio, and their indexes, so that damage is found: a few statements,
/// however many recordings there are.
pub(super) fn read_through(connection: &Connection) -> Result<(), OutboxError> {
    for table in ["recording", "segment", "change"] {
        // The first answers from an index, the second from the table.
        let last = if table == "segment" { "sent_at" } else { "body" };
        let sql = format!("SELECT count(*) FROM {table}");
        connection.query_row(&sql, [], |_| Ok(()))?;
        let sql = format!("SELECT count({last}) FROM {table} NOT INDEXED");
        connection.query_row(&sql, [], |_| Ok(()))?;
    }
    Ok(())
}

/// RFC 3339 in UTC with microseconds: sorts as text.
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

pub(super) fn read_time(text: &str) -> Result<DateTime<Utc>, OutboxError> {
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.to_utc())
        .map_err(|_| OutboxError::Unreadable("time"))
}

pub(super) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("invariant: wire types serialize")
}

/// What serde says is dropped: it quotes the text, which may be a patient's.
pub(super) fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, OutboxError> {
    serde_json::from_str(text).map_err(|_| OutboxError::Unreadable("JSON"))
}

/// SQLite's integers are signed; ours never reach the sign.
pub(crate) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(crate) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

pub(super) fn pcm_bytes(pcm: &[i16]) -> Vec<u8> {
    pcm.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// A torn last byte cannot come from our own writes; it is left out.
pub(crate) fn read_pcm(bytes: &[u8]) -> Vec<i16> {
    bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}
