//! `export`: one's own audio as WAV, at any time.

use std::path::PathBuf;

use clap::Args;
use medrecord_common::audio::SAMPLE_RATE;
use medrecord_common::ids::RecordingId;
use medrecord_recorder::recorder::Recorder;

#[derive(Args)]
pub(super) struct Export {
    recording: RecordingId,
    /// Where the WAV file goes (16 kHz, mono, 16 bit)
    file: PathBuf,
}

impl Export {
    pub(super) fn run(self, recorder: &Recorder) -> anyhow::Result<()> {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: SAMPLE_RATE,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        // Asked for first, so that an unknown recording leaves no empty file.
        recorder.outbox().recording(self.recording)?;
        let mut writer = hound::WavWriter::create(&self.file, spec)?;
        recorder.outbox().export_pcm(self.recording, |pcm| -> anyhow::Result<()> {
            pcm.iter().try_for_each(|sample| Ok(writer.write_sample(*sample)?))
        })?;
        Ok(writer.finalize()?)
    }
}
