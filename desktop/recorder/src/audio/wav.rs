//! WAV samples of every common kind as `f32`.
//!
//! hound reads the format, not the samples: because hound trusts the length in the header,
//! and a recorder that died leaves one of 0 or of 4 GiB before healthy sound.

use std::io::{BufReader, ErrorKind, Read, Seek};
use std::path::Path;

use hound::SampleFormat;

use super::SourceError;
use super::file::Bytes;

pub(super) const RATES: std::ops::RangeInclusive<u32> = 8_000..=192_000;
/// The extensible kind has 40 bytes.
const LONGEST_FORMAT: u32 = 1_024;
pub(super) const CHANNELS: std::ops::RangeInclusive<u16> = 1..=8;

/// How a sample is stored.
#[derive(Debug, Clone, Copy)]
enum Layout {
    Unsigned8,
    Signed16,
    Signed24,
    /// 24 bits in 4 bytes.
    Signed24Wide,
    Signed32,
    Float32,
}

/// A WAV file, read from its first sample to its last.
pub(super) struct Wav {
    pub(super) rate: u32,
    pub(super) channels: u16,
    layout: Layout,
    data: BufReader<Box<dyn Bytes>>,
    /// Bytes of samples still to come, as far as the header can be believed.
    left: u64,
}

impl Wav {
    /// `path` is how the file is called in errors.
    pub(super) fn open(
        file: Box<dyn Bytes>,
        length: u64,
        path: &Path,
    ) -> Result<Self, SourceError> {
        let unreadable = |error: std::io::Error| unreadable(path, &error);
        let mut data = BufReader::with_capacity(1 << 18, file);
        let Chunks { format, announced } = find_data(&mut data).map_err(|error| {
            let ends_early = error.kind() == ErrorKind::UnexpectedEof;
            if ends_early {
                SourceError::NotSound { path: path.to_owned() }
            } else {
                unreadable(error)
            }
        })?;
        let spec = hound::WavReader::new(&header_without_samples(&format)[..])
            .map_err(|error| wav_error(path, error))?
            .spec();
        let header = data.stream_position().map_err(unreadable)?;
        let there = length.saturating_sub(header);
        // 0 is what a recorder writes before it knows better.
        let left = if announced == 0 { there } else { there.min(u64::from(announced)) };
        // Bytes of a frame.
        let align = format.as_chunks().0.get(6).map_or(0, |bytes| u16::from_le_bytes(*bytes));
        let layout = layout(path, &spec, align / spec.channels)?;
        let wav = Self { rate: spec.sample_rate, channels: spec.channels, layout, data, left };
        if wav.left < wav.frame_bytes() as u64 {
            return Err(SourceError::NoSound { path: path.to_owned() });
        }
        Ok(wav)
    }

    /// Appends up to `frames` whole frames; fewer or none at the end of the file.
    pub(super) fn read(&mut self, into: &mut Vec<f32>, frames: usize) -> std::io::Result<usize> {
        let frame = self.frame_bytes();
        let wanted = (frames * frame).min((self.left / frame as u64) as usize * frame);
        let mut bytes = vec![0; wanted];
        let mut got = 0;
        while got < wanted {
            match self.data.read(&mut bytes[got..]) {
                Ok(0) => break,
                Ok(read) => got += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.left = if got < wanted { 0 } else { self.left - got as u64 };
        let whole = &bytes[..got / frame * frame];
        match self.layout {
            Layout::Unsigned8 => into.extend(whole.iter().map(|&b| (f32::from(b) - 128.0) / 128.0)),
            Layout::Signed16 => into.extend(
                whole.as_chunks().0.iter().map(|&b| f32::from(i16::from_le_bytes(b)) / 32_768.0),
            ),
            Layout::Signed24 => {
                into.extend(whole.as_chunks().0.iter().map(|&[a, b, c]| scale32([0, a, b, c])))
            }
            Layout::Signed24Wide => {
                into.extend(whole.as_chunks().0.iter().map(|&[a, b, c, _]| scale32([0, a, b, c])))
            }
            Layout::Signed32 => into.extend(whole.as_chunks().0.iter().map(|&b| scale32(b))),
            Layout::Float32 => {
                into.extend(whole.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b)));
            }
        }
        Ok(got / frame)
    }

    const fn frame_bytes(&self) -> usize {
        let sample = match self.layout {
            Layout::Unsigned8 => 1,
            Layout::Signed16 => 2,
            Layout::Signed24 => 3,
            Layout::Signed24Wide | Layout::Signed32 | Layout::Float32 => 4,
        };
        sample * self.channels as usize
    }
}

fn scale32(bytes: [u8; 4]) -> f32 {
    (f64::from(i32::from_le_bytes(bytes)) / 2_147_483_648.0) as f32
}

/// What stands before the samples.
struct Chunks {
    /// The body of the `fmt ` chunk.
    format: Vec<u8>,
    /// Bytes of samples, if the `data` chunk can be believed.
    announced: u32,
}

/// Reads up to the first sample. What has no `RIFF`, `WAVE` or `fmt ` "ends early".
fn find_data(data: &mut BufReader<Box<dyn Bytes>>) -> std::io::Result<Chunks> {
    let not_wav = || std::io::Error::from(ErrorKind::UnexpectedEof);
    let mut riff = [0; 12];
    data.read_exact(&mut riff)?;
    if &riff[..4] != b"RIFF" || &riff[8..] != b"WAVE" {
        return Err(not_wav());
    }
    let mut format = Vec::new();
    loop {
        let mut chunk = [0; 8];
        data.read_exact(&mut chunk)?;
        let [.., a, b, c, d] = chunk;
        let length = u32::from_le_bytes([a, b, c, d]);
        // Chunks begin at even places.
        let padded = i64::from(length) + i64::from(length % 2);
        match &chunk[..4] {
            b"data" if format.is_empty() => return Err(not_wav()),
            b"data" => return Ok(Chunks { format, announced: length }),
            b"fmt " if length <= LONGEST_FORMAT => {
                format = vec![0; padded as usize];
                data.read_exact(&mut format)?;
            }
            _ => data.seek_relative(padded)?,
        }
    }
}

/// A file for hound to read the format from.
fn header_without_samples(format: &[u8]) -> Vec<u8> {
    let length = (format.len() as u32).to_le_bytes();
    [b"RIFF\0\0\0\0WAVEfmt ", &length[..], format, b"data\0\0\0\0"].concat()
}

fn layout(path: &Path, spec: &hound::WavSpec, bytes: u16) -> Result<Layout, SourceError> {
    let unsupported = |reason: String| SourceError::Unsupported { path: path.to_owned(), reason };
    let (rate, channels) = (spec.sample_rate, spec.channels);
    if !RATES.contains(&rate) {
        return Err(unsupported(format!("{rate} samples a second")));
    }
    if !CHANNELS.contains(&channels) {
        return Err(unsupported(format!("{channels} channels")));
    }
    match (spec.sample_format, spec.bits_per_sample, bytes) {
        (SampleFormat::Int, 8, 1) => Ok(Layout::Unsigned8),
        (SampleFormat::Int, 16, 2) => Ok(Layout::Signed16),
        (SampleFormat::Int, 24, 3) => Ok(Layout::Signed24),
        (SampleFormat::Int, 24, 4) => Ok(Layout::Signed24Wide),
        (SampleFormat::Int, 32, 4) => Ok(Layout::Signed32),
        (SampleFormat::Float, 32, 4) => Ok(Layout::Float32),
        (format, bits, _) => {
            let kind = if format == SampleFormat::Float { "float" } else { "integer" };
            Err(unsupported(format!("{bits} bits, {kind}")))
        }
    }
}

fn wav_error(path: &Path, error: hound::Error) -> SourceError {
    let path = path.to_owned();
    match error {
        // It ends within the header.
        hound::Error::IoError(error) if error.kind() != ErrorKind::UnexpectedEof => {
            unreadable(&path, &error)
        }
        hound::Error::Unsupported => {
            SourceError::Unsupported { path, reason: "it is compressed".to_owned() }
        }
        hound::Error::FormatError(reason) if reason.contains("bits per sample") => {
            SourceError::Unsupported { path, reason: reason.to_owned() }
        }
        _ => SourceError::NotSound { path },
    }
}

pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> SourceError {
    SourceError::Unreadable { path: path.to_owned(), reason: error.kind().to_string() }
}
