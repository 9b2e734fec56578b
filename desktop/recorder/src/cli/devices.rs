//! `devices`: the microphones, one a line.

use medrecord_recorder::audio::microphones;

pub(super) fn run() -> anyhow::Result<()> {
    for microphone in microphones() {
        let default = if microphone.is_default { " (default)" } else { "" };
        println!("{}\t{}{default}", microphone.id, microphone.name);
    }
    Ok(())
}
