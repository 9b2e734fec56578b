//! The rules of the disk under the soak of sync (server/benches/soak_sync/disk): a benchmark has no tests of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../benches/soak_sync/disk/mod.rs"]
mod disk;
#[path = "../../benches/soak_sync/random.rs"]
#[expect(dead_code, reason = "the soak draws more")]
mod random;
mod rules;
