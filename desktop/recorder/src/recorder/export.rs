//! One's own audio as a file, at any time: also while recording, unsent or refused.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use chrono::Local;
use flac_codec::encode::{FlacSampleWriter, Options};
use medrecord_common::audio::SAMPLE_RATE;
use medrecord_common::ids::RecordingId;
use medrecord_common::workstation::AudioFormat;

use super::{Recorder, RecorderError};
use crate::outbox::{Original, Outbox};

/// A stretch that is played in one piece: at most so many samples (10 minutes).
const MOST_PLAYED: u64 = 10 * 60 * SAMPLE_RATE as u64;

impl Recorder {
    /// Writes a recording to a file, gaps as silence. The file is there whole or not at all: it is
    /// written beside and renamed.
    ///
    /// # Errors
    /// [`RecorderError::UnknownRecording`] when it is not this clinician's, [`RecorderError::NoOriginal`],
    /// [`RecorderError::File`] when the file cannot be written, [`RecorderError::Updating`]; outbox errors.
    pub fn export(
        &self,
        id: RecordingId,
        path: &Path,
        format: AudioFormat,
    ) -> Result<(), RecorderError> {
        self.require_own(id)?;
        self.write_whole(path, |file| self.write_audio(id, file, format))
    }

    /// As [`Self::export`], into a folder, under a name that is new there and names no patient.
    ///
    /// # Errors
    /// As [`Self::export`].
    pub fn export_into(
        &self,
        id: RecordingId,
        folder: &Path,
        format: AudioFormat,
    ) -> Result<PathBuf, RecorderError> {
        self.require_own(id)?;
        let started = self.inner.outbox.recording(id)?.create.started_at.with_timezone(&Local);
        let extension = match format {
            AudioFormat::Wav => "wav".to_owned(),
            AudioFormat::Flac => "flac".to_owned(),
            AudioFormat::Original => self.original(id)?.extension(),
        };
        let stem = started.format("medrecord-%Y-%m-%d-%H%M%S");
        let path = (1..)
            .map(|n| match n {
                1 => folder.join(format!("{stem}.{extension}")),
                n => folder.join(format!("{stem}-{n}.{extension}")),
            })
            .find(|path| !path.exists())
            .expect("invariant: the numbers do not end");
        self.export(id, &path, format)?;
        Ok(path)
    }

    /// A stretch of a recording as the bytes of a WAV file, to be played: at most 10 minutes, and less
    /// where the recording ends.
    ///
    /// # Errors
    /// [`RecorderError::UnknownRecording`] when it is not this clinician's; outbox errors.
    pub fn wav(&self, id: RecordingId, stretch: Range<u64>) -> Result<Vec<u8>, RecorderError> {
        self.require_own(id)?;
        let end = stretch.end.min(stretch.start.saturating_add(MOST_PLAYED));
        let mut bytes = io::Cursor::new(Vec::new());
        write_wav(&self.inner.outbox, id, stretch.start..end, &mut bytes)?;
        Ok(bytes.into_inner())
    }

    fn original(&self, id: RecordingId) -> Result<Original, RecorderError> {
        self.inner.outbox.original(id)?.ok_or(RecorderError::NoOriginal)
    }

    /// What `write` writes, beside the file and then renamed. No update ends the program in the middle of it.
    pub(super) fn write_whole(
        &self,
        path: &Path,
        write: impl FnOnce(&mut BufWriter<File>) -> Result<(), RecorderError>,
    ) -> Result<(), RecorderError> {
        let _exporting = self.begin_export()?;
        let mut beside = OsString::from(path);
        beside.push(".part");
        let beside = PathBuf::from(beside);
        let written = write_synced(&beside, write)
            .and_then(|()| fs::rename(&beside, path).map_err(RecorderError::File));
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written
    }

    fn write_audio(
        &self,
        id: RecordingId,
        file: &mut BufWriter<File>,
        format: AudioFormat,
    ) -> Result<(), RecorderError> {
        let outbox = &self.inner.outbox;
        match format {
            AudioFormat::Wav => write_wav(outbox, id, 0..u64::MAX, file),
            AudioFormat::Flac => write_flac(outbox, id, file),
            AudioFormat::Original => {
                file.write_all(&self.original(id)?.bytes).map_err(RecorderError::File)
            }
        }
    }
}

fn write_synced(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), RecorderError>,
) -> Result<(), RecorderError> {
    let mut file = BufWriter::new(File::create(path).map_err(RecorderError::File)?);
    write(&mut file)?;
    let file = file.into_inner().map_err(|error| RecorderError::File(error.into_error()))?;
    file.sync_all().map_err(RecorderError::File)
}

fn write_wav(
    outbox: &Outbox,
    id: RecordingId,
    stretch: Range<u64>,
    file: &mut (impl io::Write + io::Seek),
) -> Result<(), RecorderError> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: SAMPLE_RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::new(file, spec).map_err(wav_error)?;
    outbox.export_stretch::<RecorderError>(id, stretch, |pcm| {
        pcm.iter().try_for_each(|sample| wav.write_sample(*sample)).map_err(wav_error)
    })?;
    wav.finalize().map_err(wav_error)
}

fn write_flac(
    outbox: &Outbox,
    id: RecordingId,
    file: &mut (impl io::Write + io::Seek),
) -> Result<(), RecorderError> {
    let options = Options::default().no_padding().no_seektable();
    let mut flac = FlacSampleWriter::new(file, options, SAMPLE_RATE, 16_u32, 1_u8, None)
        .map_err(flac_error)?;
    outbox.export_pcm::<RecorderError>(id, |pcm| {
        let samples: Vec<i32> = pcm.iter().copied().map(i32::from).collect();
        flac.write(&samples).map_err(flac_error)
    })?;
    flac.finalize().map_err(flac_error)
}

fn wav_error(error: hound::Error) -> RecorderError {
    RecorderError::File(match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other),
    })
}

fn flac_error(error: flac_codec::Error) -> RecorderError {
    RecorderError::File(match error {
        flac_codec::Error::Io(error) => error,
        other => io::Error::other(other.to_string()),
    })
}

#[cfg(test)]
mod tests;
