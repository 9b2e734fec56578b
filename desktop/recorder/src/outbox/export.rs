//! A recording as plain samples: its segments decoded, its chunks, silence where nothing was captured.

use medrecord_common::audio::flac;
use medrecord_common::ids::RecordingId;

use super::{Outbox, OutboxError, chunk};

impl Outbox {
    /// Hands the recording's samples (16 kHz, mono) to `write`, a segment's length at a time, so that
    /// an hour never stands in memory.
    ///
    /// # Errors
    /// [`OutboxError::AudioReleased`] when the audio is no longer here,
    /// [`OutboxError::Undecodable`] when a segment is damaged, and whatever `write` returns.
    pub fn export_pcm<E: From<OutboxError>>(
        &self,
        id: RecordingId,
        mut write: impl FnMut(&[i16]) -> Result<(), E>,
    ) -> Result<(), E> {
        let end = self.samples(id)?;
        let mut written = 0;
        for entry in self.segments(id)? {
            let stored = self.segment(id, entry.seq)?;
            let pcm = flac::decode(&stored.flac).map_err(|_| OutboxError::Undecodable(id))?;
            silence(entry.header.start.saturating_sub(written), &mut write)?;
            write(&pcm)?;
            written = entry.header.start + pcm.len() as u64;
        }
        for (start, pcm) in self.read(|connection| chunk::list(connection, id))? {
            silence(start.saturating_sub(written), &mut write)?;
            write(&pcm)?;
            written = start + pcm.len() as u64;
        }
        silence(end.saturating_sub(written), &mut write)
    }
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
