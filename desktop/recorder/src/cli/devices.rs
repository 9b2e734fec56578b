//! `devices`: the microphones, one a line.

use anyhow::ensure;
use medrecord_recorder::audio::microphones;

use super::say;

pub(super) fn run() -> anyhow::Result<()> {
    let microphones = microphones();
    ensure!(!microphones.is_empty(), "No microphone was found. Connect one and try again.");
    for microphone in microphones {
        let default = if microphone.is_default { " (default)" } else { "" };
        say(format_args!("{}\t{}{default}", microphone.id, microphone.name))?;
    }
    Ok(())
}
