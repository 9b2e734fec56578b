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
    #[error("Nothing was changed: {}.", rules(.0))]
    Invalid(Vec<FieldError>),
    #[error("You are not signed in any more. What was saved is safe; sign in again.")]
    Unauthenticated,
    #[error("E-mail or password is not right. Please try again.")]
    SignInFailed,
    #[error(
        "This computer may no longer connect. Its recordings are kept on it; sign in there again."
    )]
    DeviceRevoked,
    #[error("{0}")]
    Forbidden(&'static str),
    #[error("It is not here, or it belongs to someone else.")]
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
    #[error(
        "Someone changed this note meanwhile. Nothing was overwritten or signed; load the page again to see it."
    )]
    VersionConflict,
    #[error("Send If-Match with the version that was read.")]
    PreconditionRequired,
    #[error("This note is signed and does not change any more.")]
    NoteSigned,
    #[error(
        "This is larger than the server allows. It was not stored; what was stored before is safe."
    )]
    PayloadTooLarge,
    #[error("{0}")]
    UnsupportedMediaType(&'static str),
    #[error(
        "MedRecord on this computer is too old for the server. Install the update; its recordings are kept."
    )]
    UpdateRequired,
    #[error("This did not arrive in time. What was stored before is safe; try again.")]
    BodyTooSlow,
    #[error("Too much was asked for at once. Nothing is lost; try again in {}.", human(.0))]
    TooManyRequests(Duration),
    #[error(
        "This computer has sent as much as it may in a day. Nothing is lost; the rest may follow in {}.",
        human(.0)
    )]
    QuotaExceeded(Duration),
    #[error(
        "The server cannot do this right now. Nothing that was saved is lost; try again in a moment."
    )]
    Unavailable,
    #[error(
        "Something went wrong on the server. Nothing that was saved is lost. Try again; if it happens again, tell \
         support the reference."
    )]
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

/// What was wrong, in words; the fields' names are for programs.
fn rules(errors: &[FieldError]) -> String {
    errors.iter().map(|rule| rule.message.as_str()).collect::<Vec<_>>().join("; ")
}

/// Not less than the time to wait.
fn human(wait: &Duration) -> String {
    match wait.as_secs() + 1 {
        1 => "a second".to_owned(),
        seconds @ ..=90 => format!("{seconds} seconds"),
        seconds @ ..=5_400 => format!("{} minutes", seconds.div_ceil(60)),
        seconds => format!("{} hours", seconds.div_ceil(3_600)),
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::ApiError;

    /// Those that a person reads in the review pages.
    #[test]
    fn what_people_read_says_what_is_safe_and_what_to_do() {
        for (error, said) in [
            (
                ApiError::invalid("/name", "1 to 100 characters"),
                "Nothing was changed: 1 to 100 characters.",
            ),
            (
                ApiError::Unauthenticated,
                "You are not signed in any more. What was saved is safe; sign in again.",
            ),
            (
                ApiError::TooManyRequests(Duration::from_millis(2_300)),
                "Too much was asked for at once. Nothing is lost; try again in 3 seconds.",
            ),
            (
                ApiError::QuotaExceeded(Duration::from_secs(7_201)),
                "This computer has sent as much as it may in a day. Nothing is lost; the rest may follow in 3 hours.",
            ),
            (
                ApiError::VersionConflict,
                "Someone changed this note meanwhile. Nothing was overwritten or signed; load the page again to see it.",
            ),
            (
                ApiError::Unavailable,
                "The server cannot do this right now. Nothing that was saved is lost; try again in a moment.",
            ),
            (
                ApiError::Internal(anyhow::anyhow!("secret")),
                "Something went wrong on the server. Nothing that was saved is lost. Try again; if it happens again, \
                 tell support the reference.",
            ),
        ] {
            assert_eq!(error.problem(None).detail.as_deref(), Some(said));
        }
    }
}
