//! Segments: sent one by one, in any order, repeated without harm.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use medrecord_common::ids::RecordingId;
use medrecord_common::problem::Problem;
use medrecord_common::segment::SegmentRanges;

use super::error::ApiError;
use super::extract::Path;
use super::identity::{Device, Reader};
use super::{ApiResult, headers};
use crate::db;
use crate::db::segment::SegmentRow;
use crate::recordings::{self, Stored};
use crate::state::App;

#[utoipa::path(put, path = "/recordings/{id}/segments/{seq}",
    params(("id" = RecordingId, Path), ("seq" = u32, Path),
        ("Content-Digest" = String, Header, description = "sha-256=:BASE64: (RFC 9530)"),
        ("Segment" = String, Header, description = "start=, samples=, speech=, peak=")),
    request_body(content = Vec<u8>, content_type = "audio/flac"), responses(
    (status = 201, description = "On disk and committed"), (status = 200, description = "Repeated"),
    (status = 400, body = Problem), (status = 404, body = Problem),
    (status = 409, body = Problem, description = "Other bytes or another header"),
    (status = 408, body = Problem, description = "The body did not arrive in time"),
    (status = 429, body = Problem, description = "More than a device's share"),
    (status = 413, body = Problem), (status = 415, body = Problem), (status = 422, body = Problem)))]
#[tracing::instrument(skip_all, fields(recording.id = %id, seq))]
pub(super) async fn put(
    device: Device,
    State(app): State<App>,
    Path((id, seq)): Path<(RecordingId, u32)>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> ApiResult<StatusCode> {
    let segment = SegmentRow {
        seq,
        header: headers::segment(&headers)?,
        digest: headers::content_digest(&headers)?,
    };
    let body = body?;
    // It may have taken long to arrive.
    device.check_again(&app).await?;
    app.limits.bytes(device.device, body.len())?;
    match recordings::put_segment(&app, device.clinician, id, segment, body).await? {
        Stored::Now => Ok(StatusCode::CREATED),
        Stored::Before => Ok(StatusCode::OK),
    }
}

#[utoipa::path(get, path = "/recordings/{id}/segments", params(("id" = RecordingId, Path)),
    responses((status = 200, body = SegmentRanges), (status = 404, body = Problem)))]
#[tracing::instrument(skip_all, fields(recording.id = %id))]
pub(super) async fn list(
    reader: Reader,
    State(app): State<App>,
    Path(id): Path<RecordingId>,
) -> ApiResult<axum::Json<SegmentRanges>> {
    let (numbers, complete) =
        db::segment::numbers(&app.pool, id, reader.clinician()).await?.ok_or(ApiError::NotFound)?;
    Ok(axum::Json(SegmentRanges {
        ranges: SegmentRanges::ranges_of(numbers),
        changes: db::change::count(&app.pool, id).await?,
        complete,
    }))
}
