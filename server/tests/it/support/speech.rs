//! Spoken audio for the tests: the shipped progress note, as samples and as a WAV file.

use std::path::{Path, PathBuf};

use medrecord_common::audio::{SAMPLE_RATE, flac};

/// The shipped sample: 104 s of one voice, 16 kHz mono.
pub(crate) fn samples() -> Vec<i16> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/progress-note.flac");
    flac::decode_up_to(&std::fs::read(path).unwrap(), 120 * 16_000).unwrap()
}

/// Writes the sample, said `times` times over, as a WAV file.
pub(crate) fn write_wav(path: &Path, times: usize) -> PathBuf {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: SAMPLE_RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for sample in samples().repeat(times) {
        writer.write_sample(sample).unwrap();
    }
    writer.finalize().unwrap();
    path.to_owned()
}
