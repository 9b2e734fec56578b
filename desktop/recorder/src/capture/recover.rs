//! Closes a recording that nobody stopped: the program or the computer died while it ran.

use medrecord_common::ids::RecordingId;

use super::CaptureError;
use super::journal::Journal;
use super::pipeline::Pipeline;
use crate::outbox::{Outbox, OutboxError};

/// Cuts what is durable with the same rule, and closes the recording as recovered. Dying in the
/// middle of it loses nothing: call it again.
///
/// # Errors
/// [`OutboxError::UnknownRecording`] when there is no such unfinished recording; when the outbox
/// cannot be written.
pub fn recover(outbox: &Outbox, id: RecordingId) -> Result<(), CaptureError> {
    let unfinished = outbox.unfinished()?;
    let unfinished = unfinished
        .into_iter()
        .find(|unfinished| unfinished.id == id)
        .ok_or(OutboxError::UnknownRecording(id))?;
    let mut pipeline = Pipeline::without_chunks(unfinished.pcm_start);
    let mut pieces = Vec::new();
    pipeline.push(&unfinished.pcm, &mut pieces);
    pipeline.close(&mut pieces);
    let mut journal = Journal::new(outbox.clone(), id);
    journal.add(pieces);
    Ok(journal.finish(true)?)
}
