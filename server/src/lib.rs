//! MedRecord AI's server: the API, the review pages and the jobs, in one binary.
//!
//! `App` is the whole of it; tests and benches build one with their own pool, engines and clock.

pub mod clock;
pub mod config;
pub mod drafting;
mod objects;
pub mod provider;
mod receipt;
pub mod speech;

pub use self::config::Config;
