//! Which microphones there are.

use cpal::Host;
use cpal::traits::{DeviceTrait as _, HostTrait as _};
use medrecord_common::workstation::Microphone;

use super::stream::name_of;
use crate::audio::connection;

/// The microphones of the system, the default one first. Empty when there is no sound system.
#[must_use]
pub fn microphones() -> Vec<Microphone> {
    connection::host().map_or_else(Vec::new, |host| list(&host))
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
