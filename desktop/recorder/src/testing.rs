//! What the tests of several modules begin with.

use std::path::{Path, PathBuf};

use medrecord_common::ids::{PatientId, RecordingId};
use medrecord_common::patient::Patient;
use medrecord_common::recording::CreateRecording;

use crate::outbox::NewRecording;

/// A dictation of nobody about nobody.
pub(crate) fn new_recording() -> NewRecording {
    let create = CreateRecording::dictation("2026-11-24T09:00:00Z".parse().unwrap());
    NewRecording { id: RecordingId::new(), owner: None, create }
}

pub(crate) fn patient(name: &str) -> Patient {
    let id = PatientId::new();
    Patient { id, name: name.into(), mrn: None, birth_date: None, sex: None }
}

/// A tone of so many seconds, in a file of that folder.
pub(crate) fn tone(folder: &Path, seconds: i32) -> PathBuf {
    let samples = (0..seconds * 16_000).map(|n| ((n * 37) % 4_000 - 2_000) as i16);
    wav(&folder.join("tone.wav"), 16_000, 1, samples)
}

/// A WAV file of 16 bits.
pub(crate) fn wav(
    path: &Path,
    sample_rate: u32,
    channels: u16,
    samples: impl IntoIterator<Item = i16>,
) -> PathBuf {
    let sample_format = hound::SampleFormat::Int;
    let spec = hound::WavSpec { channels, sample_rate, bits_per_sample: 16, sample_format };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    samples.into_iter().for_each(|sample| writer.write_sample(sample).unwrap());
    writer.finalize().unwrap();
    path.to_owned()
}
