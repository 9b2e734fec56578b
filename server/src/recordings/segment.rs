//! Takes a segment: checked, sealed, synced to disk, and only then named by a row.

use bytes::Bytes;
use medrecord_common::audio::flac::{self, FlacError};
use medrecord_common::ids::{ClinicianId, RecordingId};
use medrecord_common::segment::{Digest, SegmentHeader};

use super::MAX_SAMPLES;
use crate::db;
use crate::db::segment::SegmentRow;
use crate::http::ApiResult;
use crate::http::error::ApiError;
use crate::objects::SegmentName;
use crate::state::App;

/// Numbers are from 0 to this: more than a day of the shortest segments that are cut.
const MAX_SEQ: u32 = 99_999;

/// Whether this request stored it, or an equal one before.
pub(crate) enum Stored {
    Now,
    Before,
}

/// A `2xx` means: the object is on disk, and the row is committed.
pub(crate) async fn put_segment(
    app: &App,
    clinician: ClinicianId,
    id: RecordingId,
    segment: SegmentRow,
    body: Bytes,
) -> ApiResult<Stored> {
    if Digest::of(&body) != segment.digest {
        return Err(ApiError::DigestMismatch);
    }
    let place = db::segment::place(&app.pool, id, clinician, segment.seq).await?;
    let place = place.ok_or(ApiError::NotFound)?;
    let before = known(place.before, &segment)?;
    match before {
        Known::Whole => return Ok(Stored::Before),
        Known::No if place.is_complete => {
            return Err(ApiError::Conflict("The recording is complete."));
        }
        Known::No | Known::Lost => {}
    }
    check(&segment)?;
    measure(segment.header, body.clone()).await?;
    let key = place.key.ok_or(ApiError::NotFound)?;
    let name = SegmentName { recording: id, seq: segment.seq, digest: segment.digest };
    app.objects.put(name, key, &body).await?;
    if before == Known::Lost {
        let mut tx = app.pool.begin().await?;
        db::segment::set_found(&mut *tx, id, segment.seq).await?;
        db::job::revive(&mut *tx, id, Some(segment.seq), app.clock.now()).await?;
        tx.commit().await?;
        app.wake.jobs();
        return Ok(Stored::Now);
    }
    store(app, clinician, id, segment, body.len()).await
}

async fn store(
    app: &App,
    clinician: ClinicianId,
    id: RecordingId,
    segment: SegmentRow,
    size_bytes: usize,
) -> ApiResult<Stored> {
    let mut tx = app.pool.begin().await?;
    let is_complete =
        db::recording::lock_to_add(&mut *tx, id, clinician).await?.ok_or(ApiError::NotFound)?;
    if is_complete || !db::segment::insert(&mut *tx, id, &segment, size_bytes).await? {
        // Someone was quicker; the object stays, named by nothing or by the equal row.
        tx.rollback().await?;
        return match known(db::segment::find(&app.pool, id, segment.seq).await?, &segment)? {
            Known::Whole | Known::Lost => Ok(Stored::Before),
            Known::No => Err(ApiError::Conflict("The recording is complete.")),
        };
    }
    if segment.header.has_speech() {
        db::job::insert(&mut *tx, id, Some(segment.seq), app.clock.now()).await?;
    }
    tx.commit().await?;
    app.wake.jobs();
    Ok(Stored::Now)
}

/// What is here of a segment with this number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    No,
    /// The same.
    Whole,
    /// The same, and a restore lost its object.
    Lost,
}

/// Other bytes or another header under the number are a conflict.
fn known(before: Option<(SegmentRow, bool)>, segment: &SegmentRow) -> ApiResult<Known> {
    match before {
        None => Ok(Known::No),
        Some((before, is_missing)) if before == *segment => {
            Ok(if is_missing { Known::Lost } else { Known::Whole })
        }
        Some(_) => Err(ApiError::SegmentConflict),
    }
}

fn check(segment: &SegmentRow) -> ApiResult<()> {
    if segment.seq > MAX_SEQ {
        return Err(ApiError::invalid("seq", "at most 99,999"));
    }
    let end = segment.header.start.saturating_add(segment.header.samples.into());
    if end > MAX_SAMPLES {
        return Err(ApiError::invalid("Segment", "ends within a day"));
    }
    Ok(())
}

/// Whether the bytes are FLAC of ours, and as long as was said. Not on the threads that serve requests: a file that is
/// not like those the recorder writes is decoded, which takes some milliseconds.
async fn measure(header: SegmentHeader, body: Bytes) -> ApiResult<()> {
    let samples = tokio::task::spawn_blocking(move || flac::samples(&body)).await;
    match samples.map_err(anyhow::Error::from)? {
        Ok(samples) if samples == header.samples as usize => Ok(()),
        Ok(_) | Err(FlacError::TooLong { .. }) => {
            Err(ApiError::invalid("Segment", "samples is not the FLAC's length"))
        }
        Err(_) => Err(ApiError::UnsupportedMediaType("Send FLAC: 16 kHz, mono, 16 bit.")),
    }
}
