//! `GET /events`: the clinician's server-sent events.

use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{KeepAlive, Sse};
use futures::Stream;
use medrecord_common::problem::Problem;

use super::ApiResult;
use super::error::ApiError;
use super::identity::Reader;
use crate::db;
use crate::events::{self, Frame};
use crate::state::App;

/// Proxies give up on a silent stream after a minute or so.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

#[utoipa::path(get, path = "/events",
    params(("Last-Event-ID" = Option<String>, Header, description = "Go on after this event")),
    responses((status = 200, content_type = "text/event-stream", body = String,
        description = "`id: XID-ID`, `event: recording|transcript|note`, data: Event"),
    (status = 401, body = Problem)))]
pub(super) async fn stream(
    reader: Reader,
    State(app): State<App>,
    headers: HeaderMap,
) -> ApiResult<Sse<impl Stream<Item = Frame>>> {
    let cursor = match headers.get("last-event-id").map(|value| value.to_str()) {
        None => db::event::end(&app.pool).await?,
        Some(value) => value.ok().and_then(|value| value.parse().ok()).ok_or_else(|| {
            ApiError::BadRequest("Last-Event-ID: send the id of an event.".to_owned())
        })?,
    };
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    Ok(Sse::new(events::stream(app, &reader, cursor)).keep_alive(keep_alive))
}
