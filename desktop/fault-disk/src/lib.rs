//! A disk under SQLite, in memory, that loses what was not synced when the power is cut.
//!
//! A database on it is opened by [`Disk::path`]. The disk keeps, beside what programs see of a file, what
//! would be left of it without power: writes become durable by a sync, names by the sync of their folder
//! (which SQLite's own layer does at the first sync of a new journal). A cut keeps, drops or tears each
//! write since, at sectors of 512 bytes. A sync that fails does as Linux does: what it should have written
//! counts as written from then on, and is not. For tests only.

mod disk;
mod file;
mod random;
mod vfs;

pub use disk::{Disk, Faults};
pub use random::Random;
