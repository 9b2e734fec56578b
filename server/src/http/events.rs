//! `GET /events`: the clinician's server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::sse::{KeepAlive, Sse};
use futures::Stream;
use medrecord_common::problem::Problem;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::ApiResult;
use super::error::ApiError;
use super::identity::Reader;
use crate::db::event::Cursor;
use crate::events::{self, Frame};
use crate::state::App;

/// The stream's turn to ask the database who asks and what is new; over when the answer begins.
pub(super) struct Turn(OwnedSemaphorePermit);

/// Proxies give up on a silent stream after a minute or so.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

#[utoipa::path(get, path = "/events",
    params(("Last-Event-ID" = Option<String>, Header, description = "Go on after this event")),
    responses((status = 200, content_type = "text/event-stream", body = String,
        description = "`id: XID-ID`, `event: recording|transcript|note`, data: Event. `event: reset` comes first when \
            what followed Last-Event-ID may not all be here any more (a week is kept): read everything again"),
    (status = 401, body = Problem)))]
pub(super) async fn stream(
    turn: Turn,
    reader: Reader,
    State(app): State<App>,
    headers: HeaderMap,
) -> ApiResult<Sse<impl Stream<Item = Frame>>> {
    let after = headers.get("last-event-id").map(place).transpose()?;
    let events = timeout(events::PATIENCE, events::stream(app, &reader, after)).await;
    drop(turn.0);
    let events = events.map_err(|_| ApiError::Unavailable)??;
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

fn place(id: &HeaderValue) -> ApiResult<Cursor> {
    let place = id.to_str().ok().and_then(|id| id.parse().ok());
    place.ok_or_else(|| ApiError::BadRequest("Last-Event-ID: send the id of an event.".to_owned()))
}

impl FromRequestParts<App> for Turn {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self(app.feed.turn().await))
    }
}
