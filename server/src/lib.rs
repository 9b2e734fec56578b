//! MedRecord AI's server: the API, the review pages and the jobs, in one binary.
//!
//! [`App`] is the whole of it; tests and benches build one with their own pool, engines and clock.

mod audio;
mod audit;
mod auth;
mod backup;
pub mod cli;
pub mod clock;
pub mod config;
mod db;
pub mod drafting;
mod epoch;
mod events;
mod health;
mod http;
pub mod integrity;
mod jobs;
mod limits;
mod metrics;
mod notes;
mod objects;
mod pages;
pub mod provider;
mod receipt;
mod recordings;
pub mod speech;
mod state;
mod traces;

pub use self::config::Config;
pub use self::http::router::openapi;
pub use self::limits::LimitsConfig;
pub use self::objects::{Copied, MasterKeys, Rewrapped, copy as copy_store};
pub use self::receipt::ReceiptSigner;
pub use self::state::App;

/// The schema, embedded. Running it takes an advisory lock, so several servers may start at once.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");
