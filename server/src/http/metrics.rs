//! `GET /metrics`, in OpenMetrics' text format.
//!
//! There only when METRICS_TOKEN is set, and only for who sends it as a bearer token. Not by address: behind a proxy
//! on the same machine everyone comes from there.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use secrecy::ExposeSecret as _;

use super::ApiResult;
use super::error::ApiError;
use super::identity::bearer;
use crate::auth::Secret;
use crate::metrics;
use crate::state::App;

const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) async fn get(
    State(app): State<App>,
    headers: HeaderMap,
) -> ApiResult<([(HeaderName, &'static str); 1], String)> {
    let wanted = app.config.metrics_token.as_ref().ok_or(ApiError::NotFound)?;
    let sent = bearer(&headers).ok_or(ApiError::Unauthenticated)?;
    // Hashes are compared: how much of a guess is right shows in no time that could be measured.
    if Secret::of(sent).hash() != Secret::of(wanted.expose_secret()).hash() {
        return Err(ApiError::Unauthenticated);
    }
    Ok(([(header::CONTENT_TYPE, TEXT)], metrics::scrape(&app).await?))
}
