//! Every route, on one screen.

use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn_with_state, map_request_with_state};
use axum::routing::get;
use axum::{Json, Router};
use medrecord_common::segment::MAX_SEGMENT_BYTES;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::{RequestBodyDeadlineLayer, RequestBodyTimeoutLayer};
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ApiError;
use super::{
    audio, auth, changes, devices, events, health, layers, metrics, notes, receipt_keys,
    recordings, segments, unread, worklist,
};
use crate::pages;
use crate::state::App;

/// Largest JSON body in bytes: an hour's manifest has 60 kB, a long note 200 kB.
const MAX_JSON_BYTES: usize = 1024 * 1024;

#[derive(OpenApi)]
#[openapi(info(
    title = "MedRecord AI",
    description = "Errors are RFC 9457 problems with a stable `code`. Devices send \
        `Authorization: Bearer`, browsers the session cookie. What is someone else's is a 404."
))]
struct Info;

fn api() -> OpenApiRouter<App> {
    let v1 = OpenApiRouter::new()
        .routes(routes!(auth::sign_in))
        .routes(routes!(auth::sign_out))
        .routes(routes!(auth::me))
        .routes(routes!(auth::enrol, devices::list))
        .routes(routes!(devices::rename))
        .routes(routes!(devices::revoke))
        .routes(routes!(devices::report))
        .routes(routes!(auth::refresh))
        .routes(routes!(receipt_keys::list))
        .routes(routes!(recordings::create, recordings::get))
        .routes(routes!(recordings::list))
        .routes(routes!(changes::append))
        .routes(routes!(segments::list))
        .routes(routes!(recordings::complete))
        .routes(routes!(recordings::retry))
        .routes(routes!(audio::get))
        .routes(routes!(recordings::transcript))
        .routes(routes!(notes::of_recording))
        .routes(routes!(worklist::list))
        .routes(routes!(notes::get, notes::edit))
        .routes(routes!(notes::draft))
        .routes(routes!(notes::sign))
        .routes(routes!(events::stream));
    let segments = OpenApiRouter::new()
        .routes(routes!(segments::put))
        .layer(DefaultBodyLimit::max(MAX_SEGMENT_BYTES));
    OpenApiRouter::with_openapi(Info::openapi())
        .nest("/api/v1", v1.layer(DefaultBodyLimit::max(MAX_JSON_BYTES)).merge(segments))
        .nest(
            "/api",
            OpenApiRouter::new().routes(routes!(health::get)).routes(routes!(health::live)),
        )
}

/// The OpenAPI document, generated from the handlers.
#[must_use]
pub fn openapi() -> Document {
    api().split_for_parts().1
}

impl App {
    /// Everything the server answers.
    pub fn router(&self) -> Router {
        let (api, document) = api().split_for_parts();
        api.route("/api/v1/openapi.json", get(async move || Json(document)))
            .route("/metrics", get(metrics::get))
            .route("/api/{*rest}", axum::routing::any(async || ApiError::NotFound))
            .fallback_service(pages::service(&self.config.review_dir))
            .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
            .layer(RequestBodyTimeoutLayer::new(self.config.limits.body_pause))
            .layer(RequestBodyDeadlineLayer::new(self.config.limits.body_deadline))
            .layer(map_request_with_state(self.clone(), unread::read_on))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn_with_state(self.clone(), layers::tell_epoch))
            .layer(from_fn_with_state(self.clone(), layers::observe))
            .layer(from_fn_with_state(self.clone(), layers::secure))
            .with_state(self.clone())
    }
}

impl App {
    /// What a process that only works answers: how it is.
    pub(super) fn watch_router(&self) -> Router {
        Router::new()
            .route("/api/health", get(health::get))
            .route("/api/live", get(health::live))
            .route("/metrics", get(metrics::get))
            .fallback(async || ApiError::NotFound)
            .layer(from_fn_with_state(self.clone(), layers::observe))
            .layer(from_fn_with_state(self.clone(), layers::secure))
            .with_state(self.clone())
    }
}

/// The panic's text stays here: it may quote what it choked on.
fn panicked(_: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    use axum::response::IntoResponse as _;
    ApiError::Internal(anyhow::anyhow!("a handler panicked")).into_response()
}
