//! The shipped sample: a progress note, spoken by a synthetic voice (see fixtures/README.md).

use std::path::PathBuf;

use anyhow::Result;

use super::home::Home;
use crate::{paths, run};

/// The sample as WAV; it is shipped as FLAC, at half the size.
pub(crate) fn wav(home: &Home) -> Result<PathBuf> {
    let wav = home.path("progress-note.wav");
    if !wav.is_file() {
        let flac = paths::root().join("fixtures/progress-note.flac");
        let unfinished = home.path("progress-note.part");
        let mut decode = run::command("flac");
        run::quiet(
            decode.args(["--decode", "--silent", "--force", "-o"]).arg(&unfinished).arg(flac),
        )?;
        std::fs::rename(unfinished, &wav)?;
    }
    Ok(wav)
}
