//! A WAV file becomes a recording, as fast as it goes.

use std::path::Path;
use std::time::Duration;

use super::CaptureError;
use super::journal::Journal;
use super::pipeline::Pipeline;
use crate::audio::{AudioSource as _, Captured, FileSource, Pace, Resampler};
use crate::outbox::{NewRecording, Outbox};

/// Imports a whole file. No chunks are written: until a segment is in the outbox, its samples are
/// safe in the file.
///
/// # Errors
/// When the file cannot be opened (then nothing was made), or the outbox not be written.
pub fn import(outbox: &Outbox, path: &Path, recording: &NewRecording) -> Result<(), CaptureError> {
    let mut source = FileSource::open(path, Pace::AsFastAsPossible)?;
    outbox.begin(recording)?;
    let mut resampler = Resampler::new(source.rate(), source.channels());
    let mut pipeline = Pipeline::without_chunks(0);
    let mut journal = Journal::new(outbox.clone(), recording.id);
    let (mut captured, mut pcm, mut pieces) = (Vec::new(), Vec::new(), Vec::new());
    let mut over = false;
    while !over {
        over = source.read(&mut captured, Duration::ZERO)? == Captured::End;
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
    Ok(journal.finish(false)?)
}
