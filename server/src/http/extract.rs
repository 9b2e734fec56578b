//! The house's own extractors: what cannot be read fails as a problem, and never quotes the request.

use axum::extract::rejection::{BytesRejection, JsonRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use tower_http::timeout::TimeoutError;

use super::error::ApiError;

/// A part of the path.
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        axum::extract::Path::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Path(value)| Self(value))
            .map_err(|_| ApiError::BadRequest("An id in the address cannot be read.".to_owned()))
    }
}

/// The query.
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        axum::extract::Query::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|_| ApiError::BadRequest("The query cannot be read.".to_owned()))
    }
}

/// A JSON body. Its size is bounded while it streams in, whatever its headers say.
pub(crate) struct Json<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match axum::Json::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(JsonRejection::MissingJsonContentType(_)) => {
                Err(ApiError::UnsupportedMediaType("Send application/json."))
            }
            Err(JsonRejection::BytesRejection(rejection)) => Err(rejection.into()),
            // The library's text may quote the body.
            Err(_) => Err(ApiError::BadRequest("The JSON cannot be read.".to_owned())),
        }
    }
}

impl From<BytesRejection> for ApiError {
    fn from(rejection: BytesRejection) -> Self {
        if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
            Self::PayloadTooLarge
        } else if is_timeout(&rejection) {
            Self::BodyTooSlow
        } else {
            Self::BadRequest("The body did not arrive whole.".to_owned())
        }
    }
}

fn is_timeout(rejection: &BytesRejection) -> bool {
    std::iter::successors(Some(rejection as &dyn std::error::Error), |error| error.source())
        .any(|error| error.is::<TimeoutError>())
}
