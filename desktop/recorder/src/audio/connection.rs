//! The connection to the sound server: one for the whole program, for as long as it answers.
//!
//! A connection of the `pulseaudio` crate (0.3) that is dropped leaves its thread and its socket behind, and the
//! server takes 64 of them from everybody together. Who opened one for each recording, or for each look for a
//! microphone that is gone, would hear nothing more after a minute, and no other program would.

use std::sync::{Arc, Mutex, PoisonError};

use cpal::Host;
use cpal::traits::HostTrait as _;

static SHARED: Mutex<Option<Arc<Host>>> = Mutex::new(None);

/// The system's sound: the shared connection to its server, or what there is without one. Blocks while the server
/// does.
pub(super) fn host() -> Arc<Host> {
    // Not under the lock: a server that hangs must not hang those who are to forget it.
    let known = lock().clone();
    if let Some(host) = known.filter(|host| host.input_devices().is_ok()) {
        return host;
    }
    let host = Arc::new(cpal::default_host());
    *lock() = is_server(&host).then(|| Arc::clone(&host));
    host
}

/// It does not answer in time: the next one to ask looks for another.
pub(super) fn forget() {
    *lock() = None;
}

/// Whether asking it costs nothing: other hosts open every device to see what it is.
pub(super) fn is_server(host: &Host) -> bool {
    matches!(host.id().name(), "PulseAudio" | "PipeWire")
}

fn lock() -> std::sync::MutexGuard<'static, Option<Arc<Host>>> {
    SHARED.lock().unwrap_or_else(PoisonError::into_inner)
}
