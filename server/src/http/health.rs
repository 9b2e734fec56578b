//! `GET /api/health`: can it work? `GET /api/live`: does it run?

use axum::extract::State;
use axum::http::StatusCode;
use medrecord_common::health::Health;

use crate::health;
use crate::state::App;

#[utoipa::path(get, path = "/health", responses(
    (status = 200, body = Health), (status = 503, body = Health)))]
pub(super) async fn get(State(app): State<App>) -> (StatusCode, axum::Json<Health>) {
    let health = health::measure(&app).await;
    let is_healthy = health.status == health::HEALTHY;
    let status = if is_healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, axum::Json(health))
}

/// Whether the process answers at all. One that cannot reach its database is not helped by starting it anew.
#[utoipa::path(get, path = "/live", responses((status = 204)))]
pub(super) async fn live() -> StatusCode {
    StatusCode::NO_CONTENT
}
