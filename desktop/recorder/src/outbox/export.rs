//! A recording as plain samples: its segments decoded, its chunks, silence where nothing was captured.

use std::ops::Range;

use medrecord_common::audio::flac;
use medrecord_common::ids::RecordingId;
use rusqlite::{Connection, OptionalExtension as _};

use super::{Outbox, OutboxError, chunk, rows};

/// What follows a point of a recording.
enum Next {
    Segment {
        start: u64,
        flac: Vec<u8>,
    },
    /// No more segments: the chunks that are left, and where the recording ends.
    Rest {
        chunks: Vec<(u64, Vec<i16>)>,
        end: u64,
    },
}

impl Outbox {
    /// Hands the recording's samples (16 kHz, mono) to `write`, a segment's length at a time, so that
    /// an hour never stands in memory. It may be recorded meanwhile: then up to where it is at the end.
    ///
    /// # Errors
    /// [`OutboxError::AudioReleased`] when the audio is no longer here,
    /// [`OutboxError::Undecodable`] when a segment is damaged, and whatever `write` returns.
    pub fn export_pcm<E: From<OutboxError>>(
        &self,
        id: RecordingId,
        write: impl FnMut(&[i16]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.export_stretch(id, 0..u64::MAX, write)
    }

    /// As [`Self::export_pcm`], of a stretch in samples; what is beyond the recording's end is not handed out.
    ///
    /// # Errors
    /// As [`Self::export_pcm`].
    pub fn export_stretch<E: From<OutboxError>>(
        &self,
        id: RecordingId,
        stretch: Range<u64>,
        mut write: impl FnMut(&[i16]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut at = stretch.start;
        // Hands out what of these samples is wanted, after the silence before them.
        let mut hand_out = |at: &mut u64, start: u64, pcm: &[i16]| {
            silence(start.min(stretch.end).saturating_sub(*at), &mut write)?;
            *at = (*at).max(start.min(stretch.end));
            let from = at.saturating_sub(start).min(pcm.len() as u64) as usize;
            let to = stretch.end.saturating_sub(start).min(pcm.len() as u64) as usize;
            if from < to {
                write(&pcm[from..to])?;
                *at = start + to as u64;
            }
            Ok::<_, E>(())
        };
        while at < stretch.end {
            // One look at segments and chunks: a segment that is cut meanwhile takes its chunks away.
            match self.read(|connection| next(connection, id, at))? {
                Next::Segment { start, flac } => {
                    let pcm = flac::decode(&flac).map_err(|_| OutboxError::Undecodable(id))?;
                    hand_out(&mut at, start, &pcm)?;
                }
                Next::Rest { chunks, end } => {
                    for (start, pcm) in chunks {
                        hand_out(&mut at, start, &pcm)?;
                    }
                    return hand_out(&mut at, end, &[]);
                }
            }
        }
        Ok(())
    }
}

fn next(connection: &Connection, id: RecordingId, at: u64) -> Result<Next, OutboxError> {
    let segment = connection
        .prepare_cached(
            "SELECT start, flac FROM segment LEFT JOIN segment_audio USING (recording, seq)
             WHERE recording = ?1 AND start + samples > ?2 ORDER BY seq LIMIT 1",
        )?
        .query_row((id.0, rows::integer(at)), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((start, flac)) = segment else {
        let mut chunks = chunk::list(connection, id)?;
        chunks.retain(|(start, pcm)| start + pcm.len() as u64 > at);
        return Ok(Next::Rest { chunks, end: chunk::end(connection, id)? });
    };
    let flac: Option<Vec<u8>> = flac;
    let flac = flac.ok_or(OutboxError::AudioReleased(id))?;
    Ok(Next::Segment { start: rows::unsigned(start), flac })
}

fn silence<E>(samples: u64, write: &mut impl FnMut(&[i16]) -> Result<(), E>) -> Result<(), E> {
    static SECOND: [i16; 16_000] = [0; 16_000];
    let mut left = samples;
    while left > 0 {
        let now = left.min(SECOND.len() as u64);
        write(&SECOND[..now as usize])?;
        left -= now;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
