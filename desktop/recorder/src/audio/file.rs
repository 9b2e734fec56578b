//! A sound file as a source: as fast as it is read, or paced like a microphone.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::coded::Coded;
use super::wav::{self, Wav};
use super::{AudioSource, Captured, SourceError};

/// How fast a file plays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    AsFastAsPossible,
    /// 1.0 is the speed of life.
    Times(f64),
}

/// A WAV, FLAC, MP3, M4A, OGG, Opus or WebM file: 8 to 192 kHz, 1 to 8 channels.
pub struct FileSource {
    path: PathBuf,
    name: String,
    content: Content,
    pace: Pace,
    /// When its first frame played, or would have without the pauses.
    began: Instant,
    played: u64,
}

/// Where a file's bytes are: on disk or in memory.
pub(super) trait Bytes: Read + Seek + Send + Sync {}

impl<T: Read + Seek + Send + Sync> Bytes for T {}

enum Content {
    Wav(Wav),
    Coded(Box<Coded>),
}

impl FileSource {
    /// Opens a file. A header that promises more than is there does not matter.
    ///
    /// # Errors
    /// When it cannot be read, is no sound file, or holds no sound.
    pub fn open(path: &Path, pace: Pace) -> Result<Self, SourceError> {
        let unreadable = |error: io::Error| wav::unreadable(path, &error);
        let file = File::open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        Self::of(Box::new(file), length, path, pace)
    }

    /// As [`Self::open`], with the bytes of a file that is called so.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn in_memory(name: &str, bytes: Vec<u8>) -> Result<Self, SourceError> {
        let length = bytes.len() as u64;
        Self::of(Box::new(Cursor::new(bytes)), length, Path::new(name), Pace::AsFastAsPossible)
    }

    fn of(
        mut file: Box<dyn Bytes>,
        length: u64,
        path: &Path,
        pace: Pace,
    ) -> Result<Self, SourceError> {
        if length == 0 {
            return Err(SourceError::EmptyFile { path: path.to_owned() });
        }
        let is_wav = begins_like_wav(&mut file).map_err(|error| wav::unreadable(path, &error))?;
        let content = if is_wav {
            Content::Wav(Wav::open(file, length, path)?)
        } else {
            Content::Coded(Box::new(Coded::open(file, length, path)?))
        };
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Ok(Self { path: path.to_owned(), name, content, pace, began: Instant::now(), played: 0 })
    }

    /// Where in the file its sound is damaged or cut off, as far as it was read.
    #[must_use]
    pub fn broken_at(&self) -> Option<Duration> {
        let Content::Coded(coded) = &self.content else { return None };
        let frames = coded.broken_at()?;
        Some(Duration::from_millis(frames * 1_000 / u64::from(coded.rate)))
    }

    /// How long after `began` the file has played `frames`.
    fn time_of(&self, frames: u64, speed: f64) -> Duration {
        let seconds = frames as f64 / f64::from(self.rate()) / speed;
        // A speed of 0 stands still.
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }
}

impl AudioSource for FileSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn rate(&self) -> u32 {
        match &self.content {
            Content::Wav(wav) => wav.rate,
            Content::Coded(coded) => coded.rate,
        }
    }

    fn channels(&self) -> u16 {
        match &self.content {
            Content::Wav(wav) => wav.channels,
            Content::Coded(coded) => coded.channels,
        }
    }

    fn read(&mut self, into: &mut Vec<f32>, timeout: Duration) -> Result<Captured, SourceError> {
        let block = u64::from(self.rate()) / 10;
        let mut frames = block;
        if let Pace::Times(speed) = self.pace {
            let due = self.time_of(self.played + block, speed).saturating_sub(self.began.elapsed());
            std::thread::park_timeout(due.min(timeout));
            let playable = self.began.elapsed().as_secs_f64() * f64::from(self.rate()) * speed;
            frames = (playable as u64).saturating_sub(self.played) / block * block;
            if frames == 0 {
                return Ok(Captured::Nothing);
            }
            // After a hold-up it catches up, one second at a time.
            frames = frames.min(10 * block);
        }
        let read = match &mut self.content {
            Content::Wav(wav) => wav
                .read(into, frames as usize)
                .map_err(|error| wav::unreadable(&self.path, &error))?,
            Content::Coded(coded) => coded.read(into, frames as usize),
        };
        self.played += read as u64;
        Ok(if read == 0 { Captured::End } else { Captured::Samples })
    }

    fn discard(&mut self) -> Result<(), SourceError> {
        if let Pace::Times(speed) = self.pace {
            let now = Instant::now();
            self.began = now.checked_sub(self.time_of(self.played, speed)).unwrap_or(now);
        }
        Ok(())
    }
}

/// Whether the file says that it is a WAV file; it stands at its beginning afterwards.
fn begins_like_wav(file: &mut Box<dyn Bytes>) -> io::Result<bool> {
    let mut riff = Vec::new();
    file.take(4).read_to_end(&mut riff)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(riff == b"RIFF")
}

#[cfg(test)]
mod tests;
