//! The server's integration tests, one binary: the real router, the real database, real programs.

mod auth;
mod events;
mod jobs;
mod kills;
mod logs;
mod notes;
mod pages;
mod privacy;
mod recordings;
mod support;
