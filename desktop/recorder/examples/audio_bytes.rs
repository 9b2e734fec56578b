//! Prints how many bytes of audio a data folder holds: `audio_bytes DATA KEY_FILE` (for `cargo xtask bench long-day`).

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use medrecord_recorder::recorder::{Recorder, RecorderConfig};
use medrecord_recorder::vault::KeyFile;

fn main() -> anyhow::Result<()> {
    let mut paths = std::env::args_os().skip(1).map(PathBuf::from);
    let data_dir = paths.next().context("audio_bytes DATA KEY_FILE")?;
    let secrets = Arc::new(KeyFile::new(paths.next().context("audio_bytes DATA KEY_FILE")?));
    let recorder = Recorder::open(RecorderConfig { data_dir, secrets, key_file: true })?;
    // Opening has closed every recording: there are no chunks any more, only segments.
    let mut bytes = 0;
    for recording in recorder.recordings()? {
        for entry in recorder.outbox().segments(recording.id)? {
            bytes += recorder.outbox().segment(recording.id, entry.seq)?.flac.len();
        }
    }
    println!("{bytes}");
    Ok(())
}
