//! Sync: brings the outbox to the server and the notes back, whatever the network does.
//!
//! [`plan`] says what is to be done, from what is here and what the server has; [`worker`] carries it
//! out. Everything that is sent may be sent again: a lost answer costs a request, never a duplicate.

mod authority;
pub mod backoff;
mod client;
mod clock;
mod credential;
mod error;
mod lane;
mod network;
mod pace;
pub mod plan;
mod read;
pub mod receipt;
mod standing;
mod succession;
mod upload;
mod worker;

pub(crate) use authority::may_choose_authority;
pub use authority::{Authority, Trust};
pub use error::{Class, Silence, SyncError};
pub use standing::{Standing, Trouble};
pub use worker::{Pass, Sync};
