//! The only SQL: one file a table, free functions over a connection or a transaction.
//!
//! Transactions belong to the caller. Keywords are lower-case, queries are checked at compile time.

pub(crate) mod audit_event;
pub(crate) mod change;
pub(crate) mod clinician;
pub(crate) mod credential;
pub(crate) mod device;
pub(crate) mod device_report;
pub(crate) mod device_view;
pub(crate) mod epoch;
pub(crate) mod event;
pub(crate) mod job;
pub(crate) mod metrics;
pub(crate) mod note;
pub(crate) mod patient;
pub(crate) mod purge;
pub(crate) mod recording;
pub(crate) mod recording_key;
pub(crate) mod recording_view;
pub(crate) mod refresh_token;
pub(crate) mod segment;
pub(crate) mod segment_text;
pub(crate) mod session;
pub(crate) mod source;

use medrecord_common::segment::Digest;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The word of a wire enum, as columns keep it.
pub(crate) fn word(value: &impl Serialize) -> Result<String, sqlx::Error> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        _ => Err(sqlx::Error::Encode("the value is no word".into())),
    }
}

/// The wire enum of a column's word.
pub(crate) fn from_word<T: DeserializeOwned>(word: String) -> Result<T, sqlx::Error> {
    serde_json::from_value(serde_json::Value::String(word))
        .map_err(|error| sqlx::Error::Decode(error.into()))
}

/// A digest of a `bytea` column.
pub(crate) fn digest(bytes: Vec<u8>) -> Result<Digest, sqlx::Error> {
    bytes.try_into().map(Digest).map_err(|_| sqlx::Error::Decode("a digest has 32 bytes".into()))
}

/// A column that a check keeps from being negative (or too large).
pub(crate) fn number<T: TryFrom<V>, V>(value: V) -> Result<T, sqlx::Error> {
    T::try_from(value).map_err(|_| sqlx::Error::Decode("a number is out of range".into()))
}

/// A number on its way into a signed column.
pub(crate) fn signed<T: TryFrom<V>, V>(value: V) -> Result<T, sqlx::Error> {
    T::try_from(value).map_err(|_| sqlx::Error::Encode("a number is out of range".into()))
}
