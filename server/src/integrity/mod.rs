//! Whether rows, objects, manifests, receipts and notes still say the same, and what nothing names any more.

mod orphans;
mod verify;

pub(crate) use self::verify::verify;
pub use self::verify::{Fault, Finding, Verification};
