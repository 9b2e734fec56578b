//! The wire: one file a resource; `router` shows every route on one screen.

mod audio;
mod auth;
mod changes;
mod cookie;
mod devices;
pub(crate) mod error;
mod events;
mod extract;
mod headers;
mod health;
pub(crate) mod identity;
mod layers;
pub(crate) mod listing;
mod metrics;
mod notes;
mod receipt_keys;
mod recordings;
pub(crate) mod router;
mod segments;
mod serve;
mod unread;
mod worklist;

/// What a handler answers with.
pub(crate) type ApiResult<T> = Result<T, error::ApiError>;
