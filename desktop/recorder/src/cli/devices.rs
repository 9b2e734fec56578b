//! `devices`: the microphones of this computer.

use medrecord_recorder::audio;

pub(super) fn run() -> anyhow::Result<()> {
    let microphones = audio::microphones();
    anyhow::ensure!(!microphones.is_empty(), "No microphone was found. Connect one and try again.");
    for microphone in microphones {
        let default = if microphone.is_default { " (default)" } else { "" };
        println!("{}\t{}{default}", microphone.id, microphone.name);
    }
    Ok(())
}
