//! The built review pages: assets for ever (their names hold a hash), `index.html` never kept.

use std::path::Path;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use tower_http::services::{ServeDir, ServeFile};

const NOT_BUILT: &str = "The review pages are not built. Run `npm ci` and `npm run build` in web/, \
    or set REVIEW_DIR to the folder that has them.\n";

/// Serves the folder; addresses that are no file are the page's own.
pub(crate) fn service(dir: &Path) -> Router {
    let index = dir.join("index.html");
    if !index.is_file() {
        return Router::new().fallback(async || (StatusCode::NOT_FOUND, NOT_BUILT));
    }
    let files = ServeDir::new(dir).fallback(ServeFile::new(index));
    Router::new()
        .nest_service("/assets", ServeDir::new(dir.join("assets")))
        .fallback_service(files)
        .layer(from_fn(cache))
}

async fn cache(request: Request, next: Next) -> Response {
    let is_asset = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await.into_response();
    let value = if is_asset && response.status().is_success() {
        "public, max-age=31536000, immutable"
    } else {
        "no-store"
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
    response
}
