//! The connection to the sound server: one for the whole program, for as long as it answers.
//!
//! A connection of the `pulseaudio` crate (0.3) that is dropped leaves its thread and its socket behind, and the
//! server takes 64 of them from everybody together. Who opened one for each recording, or for each look for a
//! microphone that is gone, would hear nothing more after a minute, and no other program would.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cpal::Host;
use cpal::traits::HostTrait as _;

/// A server that is gone is waited for so long before its devices are opened past it: who takes a microphone from a
/// server that is only restarting keeps it from opening it again, and hears it with another delay.
const RESTART: Duration = Duration::from_secs(5);

static SHARED: Mutex<Shared> = Mutex::new(Shared { server: None, gone_since: None });

struct Shared {
    server: Option<Arc<Host>>,
    /// None while there is a server, and where there never was one.
    gone_since: Option<Instant>,
}

/// The system's sound: the shared connection to its server, or what there is without one; none while a server may be
/// restarting. Blocks while the server does.
pub(super) fn host() -> Option<Arc<Host>> {
    // Not under the lock: a server that hangs must not hang those who are to forget it.
    let known = lock().server.clone();
    if let Some(host) = known.filter(|host| host.input_devices().is_ok()) {
        return Some(host);
    }
    let host = Arc::new(cpal::default_host());
    if is_server(&host) {
        *lock() = Shared { server: Some(Arc::clone(&host)), gone_since: None };
        return Some(host);
    }
    forget();
    let gone_since = lock().gone_since;
    gone_since.is_none_or(|gone| gone.elapsed() >= RESTART).then_some(host)
}

/// It is gone, or does not answer in time: the next one to ask looks for another.
pub(super) fn forget() {
    let mut shared = lock();
    if shared.server.take().is_some() {
        shared.gone_since = Some(Instant::now());
    }
}

/// Whether asking it costs nothing: other hosts open every device to see what it is.
pub(super) fn is_server(host: &Host) -> bool {
    matches!(host.id().name(), "PulseAudio" | "PipeWire")
}

fn lock() -> MutexGuard<'static, Shared> {
    SHARED.lock().unwrap_or_else(PoisonError::into_inner)
}
