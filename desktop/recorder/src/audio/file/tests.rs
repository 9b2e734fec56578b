use std::path::Path;
use std::time::Duration;

use hound::{SampleFormat, WavSpec, WavWriter};

use super::{FileSource, Pace};
use crate::audio::{AudioSource, Captured, SourceError};

const NO_WAIT: Duration = Duration::ZERO;

fn spec(rate: u32, channels: u16, bits: u16, sample_format: SampleFormat) -> WavSpec {
    WavSpec { channels, sample_rate: rate, bits_per_sample: bits, sample_format }
}

fn read_all(path: &Path) -> Result<(Vec<f32>, u32, u16), SourceError> {
    let mut source = FileSource::open(path, Pace::AsFastAsPossible)?;
    let mut samples = Vec::new();
    while source.read(&mut samples, NO_WAIT)? != Captured::End {}
    Ok((samples, source.rate(), source.channels()))
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn every_common_kind_of_wav_is_read() {
    let folder = folder();
    let path = folder.path().join("any.wav");
    let kinds = [
        (8_000, 1, 8, SampleFormat::Int),
        (44_100, 2, 16, SampleFormat::Int),
        (44_100, 2, 24, SampleFormat::Int),
        (48_000, 1, 32, SampleFormat::Int),
        (48_000, 1, 32, SampleFormat::Float),
        (192_000, 8, 16, SampleFormat::Int),
    ];
    for (rate, channels, bits, format) in kinds {
        let mut writer = WavWriter::create(&path, spec(rate, channels, bits, format)).unwrap();
        for _ in 0..1_000 * usize::from(channels) {
            // A quarter of full scale.
            match format {
                SampleFormat::Float => writer.write_sample(0.25_f32).unwrap(),
                SampleFormat::Int => writer.write_sample(1_i32 << (bits - 3)).unwrap(),
            }
        }
        writer.finalize().unwrap();
        let (samples, read_rate, read_channels) = read_all(&path).unwrap();
        assert_eq!((read_rate, read_channels), (rate, channels));
        assert_eq!(samples, vec![0.25; 1_000 * usize::from(channels)], "{bits} bits");
    }
}

/// A 16 kHz mono WAV with this length in its header, whatever follows.
fn wav_that_claims(claimed: u32, samples: &[i16], more: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::from(*b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(16_000_u32.to_le_bytes());
    bytes.extend(32_000_u32.to_le_bytes());
    bytes.extend([2, 0, 16, 0]);
    bytes.extend(*b"data");
    bytes.extend(claimed.to_le_bytes());
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    bytes.extend(more);
    bytes
}

#[test]
fn a_header_that_claims_too_much_or_nothing_keeps_what_is_there() {
    let folder = folder();
    let path = folder.path().join("torn.wav");
    for claimed in [2_000, 1_000_000, u32::MAX, 0] {
        std::fs::write(&path, wav_that_claims(claimed, &[8_192; 1_000], &[])).unwrap();
        assert_eq!(read_all(&path).unwrap().0, vec![0.25; 1_000], "{claimed}");
    }
    // Half a sample at the end.
    std::fs::write(&path, wav_that_claims(u32::MAX, &[8_192; 1_000], &[7])).unwrap();
    assert_eq!(read_all(&path).unwrap().0.len(), 1_000);
    // Another chunk after the samples is no sound.
    std::fs::write(&path, wav_that_claims(2_000, &[8_192; 1_000], b"LIST\x04\0\0\0abcd")).unwrap();
    assert_eq!(read_all(&path).unwrap().0.len(), 1_000);
}

#[test]
fn what_is_no_sound_is_refused_in_one_plain_sentence() {
    let folder = folder();
    let path = folder.path().join("bad.wav");
    let error = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        read_all(&path).unwrap_err()
    };
    assert!(matches!(error(b""), SourceError::EmptyFile { .. }));
    assert!(matches!(error(b"RI"), SourceError::NotSound { .. }));
    assert!(matches!(error(&[0x5a; 10_000]), SourceError::NotSound { .. }));
    let whole = wav_that_claims(0, &[1], &[]);
    for length in 1..whole.len() - 2 {
        assert!(matches!(error(&whole[..length]), SourceError::NotSound { .. }), "{length}");
    }
    assert!(matches!(error(&wav_that_claims(0, &[], &[])), SourceError::NoSound { .. }));
    let mut compressed = whole;
    compressed[20] = 2;
    let text = error(&compressed).to_string();
    assert!(text.ends_with("cannot be played: it is compressed."), "{text}");
    let missing = FileSource::open(&folder.path().join("none.wav"), Pace::AsFastAsPossible);
    assert!(matches!(missing.map(|_| ()), Err(SourceError::Unreadable { .. })));
}

#[test]
fn a_paced_file_takes_its_time() {
    let folder = folder();
    let path = folder.path().join("second.wav");
    std::fs::write(&path, wav_that_claims(0, &[0; 16_000], &[])).unwrap();
    let mut source = FileSource::open(&path, Pace::Times(5.0)).unwrap();
    let began = std::time::Instant::now();
    let mut samples = Vec::new();
    assert_eq!(source.read(&mut samples, NO_WAIT), Ok(Captured::Nothing));
    while source.read(&mut samples, Duration::from_secs(1)).unwrap() != Captured::End {}
    assert!(began.elapsed() >= Duration::from_millis(200));
    assert_eq!(samples.len(), 16_000);
}
