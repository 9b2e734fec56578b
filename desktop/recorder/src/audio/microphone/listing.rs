//! Which microphones there are.

use std::sync::{Mutex, PoisonError};

use cpal::Host;
use cpal::traits::{DeviceTrait as _, HostTrait as _};
use medrecord_common::workstation::Microphone;

use super::stream::name_of;

/// The connection to a sound server, kept so that looking every few seconds costs one question and not a
/// connection each time.
static SERVER: Mutex<Option<Host>> = Mutex::new(None);

/// The microphones of the system, the default one first. Empty when there is no sound system.
#[must_use]
pub fn microphones() -> Vec<Microphone> {
    let mut server = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
    // Empty as well when the server ended: then it is looked for anew.
    if let Some(found) = server.as_ref().map(list).filter(|found| !found.is_empty()) {
        return found;
    }
    let host = cpal::default_host();
    let found = list(&host);
    *server = is_server(&host).then_some(host);
    found
}

/// Whether asking it costs nothing: other hosts open every device to see what it is.
pub(super) fn is_server(host: &Host) -> bool {
    matches!(host.id().name(), "PulseAudio" | "PipeWire")
}

fn list(host: &Host) -> Vec<Microphone> {
    let default = host.default_input_device().and_then(|device| device.id().ok());
    let devices = host.input_devices().into_iter().flatten();
    let mut found: Vec<Microphone> = devices
        .filter_map(|device| {
            let id = device.id().ok()?;
            let is_default = default.as_ref() == Some(&id);
            Some(Microphone { id: id.to_string(), name: name_of(&device), is_default })
        })
        // What a loudspeaker plays is no microphone, unless the system is set up so.
        .filter(|microphone| microphone.is_default || !microphone.id.ends_with(".monitor"))
        .collect();
    found.sort_by_key(|microphone| !microphone.is_default);
    found.dedup_by(|one, other| one.id == other.id);
    found
}
