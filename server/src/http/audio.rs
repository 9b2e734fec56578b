//! `GET /recordings/{id}/audio`: the recording as WAV, whole or a range of its bytes.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use medrecord_common::ids::RecordingId;
use medrecord_common::problem::Problem;

use super::ApiResult;
use super::error::ApiError;
use super::extract::Path;
use super::identity::Reader;
use crate::audio::{self, Timeline};
use crate::audit::{self, Act};
use crate::db;
use crate::state::App;

#[utoipa::path(get, path = "/recordings/{id}/audio",
    params(("id" = RecordingId, Path), ("Range" = Option<String>, Header)), responses(
    (status = 200, content_type = "audio/wav", body = Vec<u8>), (status = 206), (status = 416),
    (status = 404, body = Problem)))]
#[tracing::instrument(skip_all, fields(recording.id = %id))]
pub(super) async fn get(
    reader: Reader,
    State(app): State<App>,
    Path(id): Path<RecordingId>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let mut tx = app.pool.begin().await?;
    if !db::recording::is_readable(&mut *tx, id, reader.clinician()).await? {
        return Err(ApiError::NotFound);
    }
    let segments = db::segment::list(&mut *tx, id).await?;
    let gaps = db::change::gaps(&mut *tx, id).await?;
    let key = db::recording_key::find(&mut *tx, id).await?.ok_or(ApiError::NotFound)?;
    audit::record(&mut tx, app.clock.now(), reader.who(), Act::PlayRecording, id).await?;
    tx.commit().await?;
    let timeline = Timeline::new(id, key, segments, &gaps);
    Ok(respond(app, timeline, headers.get(header::RANGE)))
}

fn respond(app: App, timeline: Timeline, range: Option<&HeaderValue>) -> Response {
    let size = timeline.size_bytes();
    let wanted = range.and_then(|range| range.to_str().ok()).map(|range| byte_range(range, size));
    let (status, range) = match wanted {
        None | Some(Wanted::Everything) => (StatusCode::OK, 0..size),
        Some(Wanted::Part(range)) => (StatusCode::PARTIAL_CONTENT, range),
        Some(Wanted::Outside) => {
            let value = format!("bytes */{size}");
            return (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, value)])
                .into_response();
        }
    };
    let mut answer = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "audio/wav")
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CONTENT_LENGTH, range.end - range.start);
    if status == StatusCode::PARTIAL_CONTENT {
        let value = format!("bytes {}-{}/{size}", range.start, range.end - 1);
        answer = answer.header(header::CONTENT_RANGE, value);
    }
    answer
        .body(Body::from_stream(audio::stream(app, timeline, range)))
        .expect("numbers are header values")
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    /// No range that is understood: the header is passed over (RFC 9110 §14.2).
    Everything,
    Part(std::ops::Range<u64>),
    Outside,
}

/// One range of bytes; several at once are answered with everything.
fn byte_range(value: &str, size: u64) -> Wanted {
    let Some((first, last)) = value
        .strip_prefix("bytes=")
        .filter(|ranges| !ranges.contains(','))
        .and_then(|range| range.trim().split_once('-'))
    else {
        return Wanted::Everything;
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Ok(first), Err(_)) if last.is_empty() => first..size,
        (Err(_), Ok(last)) if first.is_empty() => size.saturating_sub(last)..size,
        _ => return Wanted::Everything,
    };
    if range.start < range.end { Wanted::Part(range) } else { Wanted::Outside }
}

#[cfg(test)]
mod tests {
    use super::{Wanted, byte_range};

    #[test]
    fn ranges_are_read_as_rfc_9110_says() {
        assert_eq!(byte_range("bytes=0-9", 100), Wanted::Part(0..10));
        assert_eq!(byte_range("bytes=90-", 100), Wanted::Part(90..100));
        assert_eq!(byte_range("bytes=-10", 100), Wanted::Part(90..100));
        assert_eq!(byte_range("bytes=-500", 100), Wanted::Part(0..100));
        assert_eq!(byte_range("bytes=50-500", 100), Wanted::Part(50..100));
        assert_eq!(byte_range("bytes=100-", 100), Wanted::Outside);
        assert_eq!(byte_range("bytes=-0", 100), Wanted::Outside);
        assert_eq!(byte_range("bytes=9-3", 100), Wanted::Everything);
        assert_eq!(byte_range("bytes=0-1,4-5", 100), Wanted::Everything);
        assert_eq!(byte_range("lines=0-1", 100), Wanted::Everything);
    }
}
