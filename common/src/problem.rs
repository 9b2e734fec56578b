//! Errors on the wire: RFC 9457 problems with a stable code.

use serde::{Deserialize, Serialize};

/// Media type of a [`Problem`] (RFC 9457 §3).
pub const MEDIA_TYPE: &str = "application/problem+json";

/// What went wrong, as a word that programs may act on. Codes are added, never renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request cannot be read: malformed JSON, header, id or query.
    BadRequest,
    /// The request was read, but breaks a rule; `errors` says which.
    Invalid,
    /// No credential, or one that no longer holds.
    Unauthenticated,
    /// E-mail or password is wrong.
    SignInFailed,
    /// The device was revoked, or its refresh token was used twice.
    DeviceRevoked,
    /// Signed in, but not allowed to do this.
    Forbidden,
    /// Not there, or not yours: the two are not told apart.
    NotFound,
    MethodNotAllowed,
    /// The same id with other content.
    Conflict,
    /// The same segment number with other bytes or another header.
    SegmentConflict,
    /// The manifest names segments that the server does not have; `missing` lists them.
    SegmentsMissing,
    /// The bytes do not match `Content-Digest`.
    DigestMismatch,
    /// `If-Match` names another version than the current one.
    VersionConflict,
    /// `If-Match` is missing.
    PreconditionRequired,
    /// A signed note does not change.
    NoteSigned,
    PayloadTooLarge,
    UnsupportedMediaType,
    /// The body stopped arriving, or trickled.
    BodyTooSlow,
    TooManyRequests,
    /// A device has sent more than its share of a day.
    QuotaExceeded,
    /// The desktop's release is too old for this server.
    UpdateRequired,
    /// A service this one needs does not answer; the same request will work later.
    Unavailable,
    Internal,
    /// A code this release does not know.
    #[serde(other)]
    Unknown,
}

/// An RFC 9457 problem. `detail` is written for people and never holds patient text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `about:blank`: the code says it all.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    /// The HTTP status again.
    pub status: u16,
    #[serde(default)]
    pub detail: Option<String>,
    pub code: ErrorCode,
    /// To be quoted to the operator; it is in the server's log.
    #[serde(default)]
    pub request_id: Option<String>,
    /// One entry for each rule that was broken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Numbers of segments, with `segments_missing`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<u32>,
}

/// A rule that a field of the request broke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// JSON pointer or header name.
    pub field: String,
    pub message: String,
}
