//! What every request goes through: a number, a line in the log, headers, problems.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;
use uuid::Uuid;

use super::error;
use crate::state::App;
use crate::traces;

const EPOCH: HeaderName = HeaderName::from_static(medrecord_common::EPOCH_HEADER);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// `default-src 'self'` and nothing inline; audio is played from this origin.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; base-uri 'none'; object-src 'none'; \
    frame-ancestors 'none'; form-action 'self'; img-src 'self' data:; media-src 'self' blob:";
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];
/// Two years, as the Mozilla guidelines ask.
const HSTS: &str = "max-age=63072000; includeSubDomains";

/// Numbers the request, counts it, logs its end by the route's pattern (never the address: ids are enough), and
/// writes problems.
pub(super) async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = Uuid::now_v7().to_string();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let span = tracing::info_span!("request", request.id = %id, %method, route);
    let requests = app.requests.clone();
    async move {
        let started = std::time::Instant::now();
        let mut response = error::render(next.run(request).await, &id);
        let value = HeaderValue::from_str(&id).expect("a UUID is a header value");
        response.headers_mut().insert(REQUEST_ID, value);
        let (status, took) = (response.status(), started.elapsed());
        requests.answered(&method, route.as_deref(), status, took);
        traces::answered(&method, route.as_deref(), status);
        tracing::info!(status = status.as_u16(), duration_ms = took.as_millis() as u64, "answered");
        response
    }
    .instrument(span)
    .await
}

/// The epoch, on every answer: a workstation that knows another one asks what is still here.
pub(super) async fn tell_epoch(State(app): State<App>, request: Request, next: Next) -> Response {
    // As it was when the answer was begun: what it says may be of an older epoch, never of a newer one.
    let epoch = app.epoch.id();
    let mut response = next.run(request).await;
    if let Some(epoch) = epoch {
        let value = HeaderValue::from_str(&epoch.to_string()).expect("a UUID is a header value");
        response.headers_mut().insert(EPOCH, value);
    }
    response
}

/// Headers that keep a browser strict. What an answer set itself stays.
pub(super) async fn secure(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if !app.config.is_plain_http() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    response
}
