//! The rules of the disk under the soak of sync (server/benches/soak_sync/disk): a benchmark has no tests of its own.

#[path = "../benches/soak_sync/disk/mod.rs"]
mod disk;
#[path = "../benches/soak_sync/random.rs"]
#[expect(dead_code, reason = "the soak draws more")]
mod random;
