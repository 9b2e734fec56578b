//! The server's integration tests, one binary: the real router, the real database, real programs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod auth;
mod commands;
mod devices;
mod events;
mod flood;
mod integrity;
mod jobs;
mod kills;
mod limits;
#[cfg(feature = "local-speech")]
mod local_speech;
mod logs;
mod metrics;
mod notes;
mod pages;
mod privacy;
mod providers;
mod recordings;
mod refresh;
mod refusals;
mod restore;
mod retry;
mod rotation;
mod s3;
mod several;
mod skew;
mod support;
mod sync;
mod upgrade;
mod upload_speed;
