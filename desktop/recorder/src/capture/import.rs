//! A sound file becomes a recording, as fast as it goes, and is kept beside it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use medrecord_common::audio::samples_to_ms;

use super::CaptureError;
use super::journal::Journal;
use super::pipeline::Pipeline;
use crate::audio::{AudioSource as _, Captured, FileSource, Pace, Resampler, SourceError};
use crate::outbox::{NewRecording, Original, Outbox};

/// A larger file (four hours of WAV at 16 kHz) is imported, but not kept a second time.
const LARGEST_KEPT: u64 = 512 << 20;

/// What came of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// Where the file is damaged or cut off. What is before it is in the recording, and what could be
    /// read after it, with silence between.
    pub broken_at: Option<Duration>,
}

/// Imports a whole file. No chunks are written: until a segment is in the outbox, its samples are
/// safe in the file.
///
/// # Errors
/// When the file cannot be opened (then nothing was made), or the outbox not be written.
pub fn import(
    outbox: &Outbox,
    path: &Path,
    recording: &NewRecording,
) -> Result<Imported, CaptureError> {
    let source = FileSource::open(path, Pace::AsFastAsPossible)?;
    read_in(outbox, source, original(path)?, recording)
}

/// As [`import`], with the bytes of a file that is called so.
///
/// # Errors
/// As [`import`].
pub fn import_bytes(
    outbox: &Outbox,
    name: &str,
    bytes: Vec<u8>,
    recording: &NewRecording,
) -> Result<Imported, CaptureError> {
    let media_type = media_type(Path::new(name)).to_owned();
    let original = Original { name: name.into(), media_type, bytes: bytes.clone() };
    let source = FileSource::in_memory(name, bytes)?;
    read_in(outbox, source, Some(original), recording)
}

fn read_in(
    outbox: &Outbox,
    mut source: FileSource,
    original: Option<Original>,
    recording: &NewRecording,
) -> Result<Imported, CaptureError> {
    outbox.begin(recording)?;
    if let Some(original) = original {
        outbox.keep_original(recording.id, &original)?;
    }
    let mut resampler = Resampler::new(source.rate(), source.channels());
    let mut pipeline = Pipeline::without_chunks(0);
    let mut journal = Journal::new(outbox.clone(), recording.id);
    let (mut captured, mut pcm, mut pieces) = (Vec::new(), Vec::new(), Vec::new());
    let (mut over, mut failed_at) = (false, None);
    while !over {
        match source.read(&mut captured, Duration::ZERO) {
            Ok(read) => over = read == Captured::End,
            // What was read is worth keeping.
            Err(error) => {
                tracing::warn!(code = error.code(), "the file could not be read to its end");
                failed_at = Some(Duration::from_millis(samples_to_ms(pipeline.clock())));
                over = true;
            }
        }
        resampler.push(&captured, &mut pcm);
        if over {
            resampler.flush(&mut pcm);
        }
        pipeline.push(&pcm, &mut pieces);
        if over {
            pipeline.close(&mut pieces);
        }
        journal.add(pieces.drain(..));
        journal.write()?;
        captured.clear();
        pcm.clear();
    }
    journal.finish(false)?;
    Ok(Imported { broken_at: source.broken_at().or(failed_at) })
}

fn original(path: &Path) -> Result<Option<Original>, SourceError> {
    let unreadable = |error: std::io::Error| SourceError::Unreadable {
        path: path.to_owned(),
        reason: error.kind().to_string(),
    };
    if fs::metadata(path).map_err(unreadable)?.len() > LARGEST_KEPT {
        return Ok(None);
    }
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let bytes = fs::read(path).map_err(unreadable)?;
    let media_type = media_type(path).to_owned();
    Ok(Some(Original { name: name.into(), media_type, bytes }))
}

/// By the file's name; it is for people's programs, nothing here depends on it.
fn media_type(path: &Path) -> &'static str {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    match extension.to_str().unwrap_or_default() {
        "wav" => "audio/wav",
        "flac" => "audio/flac",
        "mp3" => "audio/mpeg",
        "m4a" | "mp4" | "aac" => "audio/mp4",
        "ogg" | "oga" | "opus" => "audio/ogg",
        "webm" => "audio/webm",
        _ => "application/octet-stream",
    }
}
