//! Capture, outbox and sync of the workstation: a library without a window.
//!
//! Audio goes one way: [`audio`] (microphone or file) → [`capture`] (cuts it into segments)
//! → [`outbox`] (durable, encrypted) → [`sync`] (to the server). [`recorder`] is the façade that
//! the window and the headless program use; [`vault`] keeps the keys, and [`rescue`]
//! gets recordings back when they are lost; [`bundle`] moves them to another computer.

pub mod audio;
mod awake;
pub mod bundle;
pub mod capture;
pub mod controls;
pub mod logging;
pub mod outbox;
pub mod recorder;
pub mod rescue;
pub mod settings;
pub mod stop_signal;
pub mod sync;
#[cfg(test)]
mod testing;
pub mod vault;
