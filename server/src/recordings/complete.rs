//! Completes a recording: the manifest against the rows, then the receipt.

use medrecord_common::ids::{ClinicianId, RecordingId};
use medrecord_common::manifest::{self, Complete};
use medrecord_common::receipt::Receipt;
use medrecord_common::recording::Gap;
use medrecord_common::segment::Digest;
use sqlx::PgConnection;

use super::advance;
use crate::audit::{self, Act, Who};
use crate::db;
use crate::db::segment::SegmentRow;
use crate::http::ApiResult;
use crate::http::error::ApiError;
use crate::state::App;

/// The receipt; the same again when the same manifest comes again.
pub(crate) async fn complete(
    app: &App,
    who: Who,
    clinician: ClinicianId,
    id: RecordingId,
    request: &Complete,
) -> ApiResult<String> {
    let mut tx = app.pool.begin().await?;
    let row = db::recording::lock(&mut *tx, id).await?;
    let row = row.filter(|row| row.clinician == clinician).ok_or(ApiError::NotFound)?;
    let lost = db::segment::missing(&mut *tx, id).await?;
    if !lost.is_empty() {
        return Err(ApiError::SegmentsMissing(lost));
    }
    if let Some(receipt) = row.receipt {
        return if row.manifest.as_deref() == Some(&request.manifest) {
            Ok(receipt)
        } else {
            Err(ApiError::Conflict("The recording is complete, with another manifest."))
        };
    }
    let (segments, gaps) = compare(&mut tx, id, request).await?;
    let pairs: Vec<_> = segments.iter().map(|segment| (segment.header, segment.digest)).collect();
    let samples = manifest::samples(&pairs, &gaps);
    let now = app.clock.now();
    let receipt = Receipt {
        recording: id,
        manifest: Digest::of(request.manifest.as_bytes()).to_string(),
        segments: count(segments.len()),
        gaps: count(gaps.len()),
        samples,
        iat: now.timestamp(),
    };
    let receipt = app.config.receipt_key.sign(&receipt).map_err(anyhow::Error::from)?;
    db::recording::complete(&mut *tx, id, &request.manifest, &receipt, samples, now).await?;
    audit::record(&mut tx, now, who, Act::CompleteRecording, id).await?;
    advance(app, &mut tx, id).await?;
    tx.commit().await?;
    Ok(receipt)
}

async fn compare(
    tx: &mut PgConnection,
    id: RecordingId,
    request: &Complete,
) -> ApiResult<(Vec<SegmentRow>, Vec<Gap>)> {
    let named = manifest::segment_numbers(&request.manifest)
        .ok_or_else(|| ApiError::invalid("/manifest", "a line cannot be read"))?;
    let segments = db::segment::list(&mut *tx, id).await?;
    let missing: Vec<u32> = named
        .into_iter()
        .filter(|seq| !segments.iter().any(|segment| segment.seq == *seq))
        .collect();
    if !missing.is_empty() {
        return Err(ApiError::SegmentsMissing(missing));
    }
    let changes = db::change::count(&mut *tx, id).await?;
    if changes < request.changes {
        return Err(ApiError::Conflict("Some changes have not arrived."));
    }
    let gaps = db::change::gaps(&mut *tx, id).await?;
    let pairs: Vec<_> = segments.iter().map(|segment| (segment.header, segment.digest)).collect();
    // The manifest numbers by position, so a hole in the numbers differs here, too.
    let is_whole = segments.iter().zip(0_u32..).all(|(segment, seq)| segment.seq == seq);
    if !is_whole || manifest::text(&pairs, &gaps) != request.manifest {
        return Err(ApiError::invalid("/manifest", "is not what the server has"));
    }
    Ok((segments, gaps))
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
