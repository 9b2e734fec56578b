//! Capture: source → 16 kHz mono → voice, level, cuts → outbox.
//!
//! The pure part is [`pipeline`]: samples in, chunks and segments out. [`journal`] makes them
//! durable, in order. A take in its thread ([`take`], [`run`]), [`recover`] and [`import`] share both.

mod clock;
mod error;
mod forgotten;
mod import;
mod input;
mod journal;
mod pipeline;
mod progress;
mod recover;
mod run;
mod search;
mod standby;
mod take;
mod zeros;

pub use error::CaptureError;
pub use import::{Imported, import, import_bytes};
pub use progress::Progress;
pub use recover::recover;
pub use take::Take;

#[cfg(test)]
mod tests;
