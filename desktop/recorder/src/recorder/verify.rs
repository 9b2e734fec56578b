//! Walks the chain of each recording on this computer: audio, digests, manifest, receipt.

use chrono::{DateTime, Utc};
use medrecord_common::audio::flac;
use medrecord_common::ids::RecordingId;
use serde::Serialize;

use super::{Recorder, RecorderError};
use crate::outbox::{Outbox, OutboxError, RecordingState, StoredRecording};
use crate::sync::receipt;

/// What the chain of one recording comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    pub recording: RecordingId,
    pub started_at: DateTime<Utc>,
    pub audio: AudioChain,
    pub receipt: ReceiptChain,
}

/// Whether each segment's bytes have their digest, and decode to the samples that its header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AudioChain {
    Whole,
    /// Deleted after the retention time, against a receipt.
    Released,
    Damaged,
}

/// Whether the server's signature holds for exactly what the manifest of this computer says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptChain {
    Valid,
    /// The server does not have all of it yet.
    None,
    /// In words.
    Wrong(String),
}

impl Verified {
    /// Nothing is broken; what is still to be sent is no break.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        match (self.audio, &self.receipt) {
            (AudioChain::Damaged, _) | (_, ReceiptChain::Wrong(_)) => false,
            (AudioChain::Released, receipt) => *receipt == ReceiptChain::Valid,
            (AudioChain::Whole, _) => true,
        }
    }
}

impl Recorder {
    /// Verifies the current clinician's recordings, the newest first; one under way is left out.
    ///
    /// # Errors
    /// While the window is locked, or when the database cannot be read; damage is no error, it is what is looked for.
    pub fn verify(&self) -> Result<Vec<Verified>, RecorderError> {
        let outbox = self.outbox();
        let mut all = Vec::new();
        for row in self.recordings()? {
            let stored = outbox.recording(row.id)?;
            if stored.state != RecordingState::Recording {
                all.push(Verified {
                    recording: row.id,
                    started_at: row.started_at,
                    audio: audio(outbox, &stored)?,
                    receipt: receipt_of(outbox, &stored)?,
                });
            }
        }
        Ok(all)
    }
}

fn audio(outbox: &Outbox, stored: &StoredRecording) -> Result<AudioChain, OutboxError> {
    if stored.state == RecordingState::Released {
        return Ok(AudioChain::Released);
    }
    for entry in outbox.segments(stored.id)? {
        let samples = match outbox.segment(stored.id, entry.seq) {
            Ok(segment) => flac::decode(&segment.flac).map(|pcm| pcm.len()).ok(),
            Err(OutboxError::Damaged(_) | OutboxError::AudioReleased(_)) => None,
            Err(error) => return Err(error),
        };
        if samples != Some(entry.header.samples as usize) {
            return Ok(AudioChain::Damaged);
        }
    }
    Ok(AudioChain::Whole)
}

fn receipt_of(outbox: &Outbox, stored: &StoredRecording) -> Result<ReceiptChain, OutboxError> {
    let Some(jws) = &stored.receipt else { return Ok(ReceiptChain::None) };
    let account = stored.owner.map(|owner| outbox.account(owner)).transpose()?.flatten();
    let Some(account) = account else {
        return Ok(ReceiptChain::Wrong(
            "nobody is enrolled whose server could have signed it".into(),
        ));
    };
    let manifest = outbox.manifest(stored.id)?;
    Ok(match receipt::verify(jws, &account.receipt_keys, stored.id, &manifest) {
        Ok(_) => ReceiptChain::Valid,
        Err(wrong) => ReceiptChain::Wrong(wrong.to_string()),
    })
}
