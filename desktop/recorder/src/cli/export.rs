//! `export`: a recording as a WAV file, gaps as silence.

use std::path::PathBuf;

use clap::Args;
use medrecord_common::audio::SAMPLE_RATE;
use medrecord_common::ids::RecordingId;
use medrecord_recorder::recorder::Recorder;

#[derive(Debug, Args)]
pub(super) struct Export {
    recording: RecordingId,
    #[arg(value_name = "OUT.wav")]
    out: PathBuf,
}

impl Export {
    pub(super) fn run(&self, recorder: &Recorder) -> anyhow::Result<()> {
        // An unknown recording must not leave an empty file.
        recorder.outbox().recording(self.recording)?;
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: SAMPLE_RATE,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut wav = hound::WavWriter::create(&self.out, spec)?;
        recorder.outbox().export_pcm::<anyhow::Error>(self.recording, |pcm| {
            for sample in pcm {
                wav.write_sample(*sample)?;
            }
            Ok(())
        })?;
        Ok(wav.finalize()?)
    }
}
