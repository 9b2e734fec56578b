//! Where samples come from: the microphone, or a WAV file; and the way to 16 kHz mono.
//!
//! [`AudioSource`] is a seam with two real sides. A take holds an [`OpenSource`] instead of a
//! source, so that it can open another microphone when the one it had is gone.

mod alarm;
mod coded;
mod connection;
mod error;
mod file;
mod microphone;
mod stream;
mod trial;
mod warm;
mod wav;

use std::path::PathBuf;
use std::time::Duration;

pub use alarm::sound_alarm;
pub use error::SourceError;
pub use file::{FileSource, Pace};
pub use medrecord_common::audio::resample::Resampler;
pub use microphone::{Feed, MicrophoneSource, microphones};
pub use stream::StreamSource;
pub use trial::{Trial, try_microphone};
pub use warm::WarmMicrophone;

/// The seam: something that delivers sound.
pub trait AudioSource: Send {
    /// As people know it.
    fn name(&self) -> &str;
    /// Frames a second.
    fn rate(&self) -> u32;
    fn channels(&self) -> u16;

    /// Waits up to `timeout` for captured samples (interleaved, whole frames, full scale is 1.0) and
    /// appends them to `into`.
    ///
    /// # Errors
    /// When nothing more is to be expected of this source.
    fn read(&mut self, into: &mut Vec<f32>, timeout: Duration) -> Result<Captured, SourceError>;

    /// Called now and then while the take is paused: a microphone throws away what it heard, a file
    /// stands still.
    ///
    /// # Errors
    /// As [`Self::read`].
    fn discard(&mut self) -> Result<(), SourceError>;

    /// Frames lost since the last call because nobody read for too long. They came after everything
    /// that was read.
    fn take_lost_frames(&mut self) -> u64 {
        0
    }

    /// Whether it delivers as the world goes on: then it is held against the clock.
    fn is_live(&self) -> bool {
        false
    }

    /// Whether it stands in for a chosen one that could not be opened.
    fn stands_in(&self) -> bool {
        false
    }
}

/// What [`AudioSource::read`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Captured {
    Samples,
    Nothing,
    /// A file is over.
    End,
}

/// What a take wants to be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The chosen one, or what else there is.
    Any,
    /// The chosen one and no other.
    Chosen,
    /// Another one than the chosen.
    Other,
}

/// Opens the source of a take, and what is to take its place.
pub type OpenSource = Box<dyn FnMut(Wanted) -> Result<Box<dyn AudioSource>, SourceError> + Send>;

/// The microphone with this stable id, or the system's default one; the one opened first counts as
/// chosen from then on.
#[must_use]
pub fn open_microphone(mut chosen: Option<String>) -> OpenSource {
    Box::new(move |wanted| {
        let id = chosen.as_deref();
        let source = match wanted {
            Wanted::Any => MicrophoneSource::open(id).or_else(|error| match id {
                Some(_) => Ok(MicrophoneSource::open(None)?.standing_in_for(id)),
                None => Err(error),
            })?,
            Wanted::Chosen => MicrophoneSource::open(id)?,
            Wanted::Other => match MicrophoneSource::open(None)?.standing_in_for(id) {
                other if other.stands_in() => other,
                _ => return Err(SourceError::NoMicrophone),
            },
        };
        chosen.get_or_insert_with(|| source.id().to_owned());
        Ok(Box::new(source))
    })
}

/// A WAV file; it can be opened once, for it cannot get lost.
#[must_use]
pub fn open_file(path: PathBuf, pace: Pace) -> OpenSource {
    let mut path = Some(path);
    Box::new(move |_| {
        let path = path.take().ok_or(SourceError::Ended)?;
        Ok(Box::new(FileSource::open(&path, pace)?))
    })
}

/// What another program writes to our standard input: raw samples (16 kHz, mono, 16 bit little endian).
#[must_use]
pub fn open_stdin() -> OpenSource {
    let mut first = true;
    Box::new(move |_| {
        if !std::mem::take(&mut first) {
            return Err(SourceError::Ended);
        }
        Ok(Box::new(StreamSource::start("standard input", std::io::stdin())?))
    })
}
