//! Errors of handlers. What a client sees is a [`Problem`]; what went wrong inside is logged once, with
//! the request's id, and never sent.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use medrecord_common::problem::{ErrorCode, FieldError, MEDIA_TYPE, Problem};

use crate::auth::RefreshError;
use crate::limits::Exceeded;

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("{0}")]
    BadRequest(String),
    #[error("the request breaks {} rules", .0.len())]
    Invalid(Vec<FieldError>),
    #[error("Sign in first.")]
    Unauthenticated,
    #[error("The e-mail address or the password is wrong.")]
    SignInFailed,
    #[error("This device may no longer connect. Sign in again on it; its recordings are kept.")]
    DeviceRevoked,
    #[error("{0}")]
    Forbidden(&'static str),
    #[error("There is nothing here, or it is not yours.")]
    NotFound,
    #[error("This address does not take that method.")]
    MethodNotAllowed,
    #[error("{0}")]
    Conflict(&'static str),
    #[error("The segment is here already, with other bytes or another header.")]
    SegmentConflict,
    #[error("Some segments have not arrived.")]
    SegmentsMissing(Vec<u32>),
    #[error("The bytes do not match Content-Digest.")]
    DigestMismatch,
    #[error("The note was changed elsewhere. Load it again.")]
    VersionConflict,
    #[error("Send If-Match with the version that was read.")]
    PreconditionRequired,
    #[error("The note is signed and does not change.")]
    NoteSigned,
    #[error("The request is too large.")]
    PayloadTooLarge,
    #[error("{0}")]
    UnsupportedMediaType(&'static str),
    #[error("This desktop program is too old for the server. Update it; its recordings are kept.")]
    UpdateRequired,
    #[error("The body did not arrive in time. What was stored before is safe; send it again.")]
    BodyTooSlow,
    #[error(
        "This device asks too often. Nothing is lost; ask again after the time that Retry-After says."
    )]
    TooManyRequests(Duration),
    #[error(
        "This device has sent more than a day's share of audio. Nothing is lost; it may go on after the time that \
         Retry-After says."
    )]
    QuotaExceeded(Duration),
    #[error("The server cannot do this right now. Try again in a moment.")]
    Unavailable,
    #[error("Something went wrong here. Tell the operator the request's number.")]
    Internal(anyhow::Error),
}

impl ApiError {
    /// One broken rule.
    pub(crate) fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field: field.to_owned(), message: message.into() }])
    }

    const fn parts(&self) -> (StatusCode, ErrorCode) {
        use {ErrorCode as Code, StatusCode as Status};
        match self {
            Self::BadRequest(_) => (Status::BAD_REQUEST, Code::BadRequest),
            Self::Invalid(_) => (Status::UNPROCESSABLE_ENTITY, Code::Invalid),
            Self::Unauthenticated => (Status::UNAUTHORIZED, Code::Unauthenticated),
            Self::SignInFailed => (Status::UNAUTHORIZED, Code::SignInFailed),
            Self::DeviceRevoked => (Status::UNAUTHORIZED, Code::DeviceRevoked),
            Self::Forbidden(_) => (Status::FORBIDDEN, Code::Forbidden),
            Self::NotFound => (Status::NOT_FOUND, Code::NotFound),
            Self::MethodNotAllowed => (Status::METHOD_NOT_ALLOWED, Code::MethodNotAllowed),
            Self::Conflict(_) => (Status::CONFLICT, Code::Conflict),
            Self::SegmentConflict => (Status::CONFLICT, Code::SegmentConflict),
            Self::SegmentsMissing(_) => (Status::CONFLICT, Code::SegmentsMissing),
            Self::DigestMismatch => (Status::BAD_REQUEST, Code::DigestMismatch),
            Self::VersionConflict => (Status::PRECONDITION_FAILED, Code::VersionConflict),
            Self::PreconditionRequired => {
                (Status::PRECONDITION_REQUIRED, Code::PreconditionRequired)
            }
            Self::NoteSigned => (Status::CONFLICT, Code::NoteSigned),
            Self::PayloadTooLarge => (Status::PAYLOAD_TOO_LARGE, Code::PayloadTooLarge),
            Self::UnsupportedMediaType(_) => {
                (Status::UNSUPPORTED_MEDIA_TYPE, Code::UnsupportedMediaType)
            }
            Self::UpdateRequired => (Status::UPGRADE_REQUIRED, Code::UpdateRequired),
            Self::BodyTooSlow => (Status::REQUEST_TIMEOUT, Code::BodyTooSlow),
            Self::TooManyRequests(_) => (Status::TOO_MANY_REQUESTS, Code::TooManyRequests),
            Self::QuotaExceeded(_) => (Status::TOO_MANY_REQUESTS, Code::QuotaExceeded),
            Self::Unavailable => (Status::SERVICE_UNAVAILABLE, Code::Unavailable),
            Self::Internal(_) => (Status::INTERNAL_SERVER_ERROR, Code::Internal),
        }
    }

    /// When it is worth asking again.
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyRequests(wait) | Self::QuotaExceeded(wait) => Some(*wait),
            Self::Unavailable => Some(Duration::from_secs(1)),
            _ => None,
        }
    }

    /// What the client is told.
    pub(crate) fn problem(&self, request_id: Option<String>) -> Problem {
        let (status, code) = self.parts();
        let errors = if let Self::Invalid(errors) = self { errors.clone() } else { Vec::new() };
        let missing =
            if let Self::SegmentsMissing(missing) = self { missing.clone() } else { Vec::new() };
        Problem {
            kind: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            detail: Some(self.to_string()),
            code,
            request_id,
            errors,
            missing,
        }
    }
}

/// The body is written by [`render`], which knows the request's id.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.parts().0.into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// Turns a response that carries an error into a problem, and logs what is ours.
pub(crate) fn render(response: Response, request_id: &str) -> Response {
    let Some(error) = response.extensions().get::<Arc<ApiError>>() else { return response };
    if let ApiError::Internal(error) = &**error {
        tracing::error!(error = %format!("{error:#}"), "request failed");
    }
    let problem = error.problem(Some(request_id.to_owned()));
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    if let Some(wait) = error.retry_after() {
        // Whole seconds, and never too early.
        headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
    }
    let body = serde_json::to_string(&problem).unwrap_or_default();
    (response.status(), headers, body).into_response()
}

/// A row that is not there is never a 404 by itself: handlers say so where it is one.
impl From<sqlx::Error> for ApiError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => {
                tracing::error!(%error, "the database does not answer");
                Self::Unavailable
            }
            error => Self::Internal(error.into()),
        }
    }
}

impl From<anyhow::Error> for ApiError {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<sqlx::Error>() {
            Ok(error) => error.into(),
            Err(error) => Self::Internal(error),
        }
    }
}

impl From<Exceeded> for ApiError {
    fn from(exceeded: Exceeded) -> Self {
        match exceeded {
            Exceeded::Requests(wait) => Self::TooManyRequests(wait),
            Exceeded::Bytes(wait) => Self::QuotaExceeded(wait),
        }
    }
}

impl From<RefreshError> for ApiError {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Unknown => Self::Unauthenticated,
            RefreshError::Revoked => Self::DeviceRevoked,
            RefreshError::Internal(error) => error.into(),
        }
    }
}
