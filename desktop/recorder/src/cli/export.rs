//! `export`: a recording as a WAV or FLAC file, gaps as silence, or the file it was imported from.

use std::path::PathBuf;

use clap::Args;
use medrecord_common::ids::RecordingId;
use medrecord_common::workstation::AudioFormat;
use medrecord_recorder::recorder::Recorder;

#[derive(Debug, Args)]
pub(super) struct Export {
    recording: RecordingId,
    /// FLAC when the name ends so, WAV otherwise.
    #[arg(value_name = "OUT")]
    out: PathBuf,
    /// The imported file as it was.
    #[arg(long)]
    original: bool,
}

impl Export {
    pub(super) fn run(&self, recorder: &Recorder) -> anyhow::Result<()> {
        let is_flac = self.out.extension().is_some_and(|end| end.eq_ignore_ascii_case("flac"));
        let format = match (self.original, is_flac) {
            (true, _) => AudioFormat::Original,
            (false, true) => AudioFormat::Flac,
            (false, false) => AudioFormat::Wav,
        };
        Ok(recorder.export(self.recording, &self.out, format)?)
    }
}
