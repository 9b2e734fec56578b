//! A WAV file as a source: as fast as it is read, or paced like a microphone.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::wav::{self, Wav};
use super::{AudioSource, Captured, SourceError};

/// How fast a file plays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    AsFastAsPossible,
    /// 1.0 is the speed of life.
    Times(f64),
}

/// A WAV file: 8 to 192 kHz, 1 to 8 channels, 8 to 32 bit.
pub struct FileSource {
    path: PathBuf,
    name: String,
    wav: Wav,
    pace: Pace,
    /// When its first frame played, or would have without the pauses.
    began: Instant,
    played: u64,
}

impl FileSource {
    /// Opens a file. A header that promises more than is there does not matter.
    ///
    /// # Errors
    /// When it cannot be read, is no WAV file, or holds no sound.
    pub fn open(path: &Path, pace: Pace) -> Result<Self, SourceError> {
        let wav = Wav::open(path)?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Ok(Self { path: path.to_owned(), name, wav, pace, began: Instant::now(), played: 0 })
    }

    /// How long after `began` the file has played `frames`.
    fn time_of(&self, frames: u64, speed: f64) -> Duration {
        let seconds = frames as f64 / f64::from(self.wav.rate) / speed;
        // A speed of 0 stands still.
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }
}

impl AudioSource for FileSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn rate(&self) -> u32 {
        self.wav.rate
    }

    fn channels(&self) -> u16 {
        self.wav.channels
    }

    fn read(&mut self, into: &mut Vec<f32>, timeout: Duration) -> Result<Captured, SourceError> {
        let block = u64::from(self.wav.rate) / 10;
        let mut frames = block;
        if let Pace::Times(speed) = self.pace {
            let due = self.time_of(self.played + block, speed).saturating_sub(self.began.elapsed());
            std::thread::park_timeout(due.min(timeout));
            let playable = self.began.elapsed().as_secs_f64() * f64::from(self.wav.rate) * speed;
            frames = (playable as u64).saturating_sub(self.played) / block * block;
            if frames == 0 {
                return Ok(Captured::Nothing);
            }
            // After a hold-up it catches up, one second at a time.
            frames = frames.min(10 * block);
        }
        let read = self
            .wav
            .read(into, frames as usize)
            .map_err(|error| wav::unreadable(&self.path, &error))?;
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

#[cfg(test)]
mod tests;
