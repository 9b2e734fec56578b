//! Request headers of the contract: `Content-Digest`, `Segment`, `If-Match`.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use medrecord_common::segment::{Digest, SegmentHeader};

use super::error::ApiError;

/// `Content-Digest: sha-256=:BASE64:` (RFC 9530); other algorithms beside it are passed over.
pub(super) fn content_digest(headers: &HeaderMap) -> Result<Digest, ApiError> {
    let fault =
        || ApiError::BadRequest("Content-Digest: send sha-256=:BASE64: of the body.".to_owned());
    let value = text(headers, "content-digest").ok_or_else(fault)?;
    let digest = value
        .split(',')
        .find_map(|member| member.trim().strip_prefix("sha-256=:")?.strip_suffix(':'))
        .ok_or_else(fault)?;
    let bytes = STANDARD.decode(digest).map_err(|_| fault())?;
    bytes.try_into().map(Digest).map_err(|_| fault())
}

/// `Segment: start=…, samples=…, speech=…, peak=…`.
pub(super) fn segment(headers: &HeaderMap) -> Result<SegmentHeader, ApiError> {
    let value = text(headers, "segment")
        .ok_or_else(|| ApiError::BadRequest("The Segment header is missing.".to_owned()))?;
    SegmentHeader::parse(value).map_err(ApiError::BadRequest)
}

/// `If-Match: "VERSION"`.
pub(super) fn if_match(headers: &HeaderMap) -> Result<u32, ApiError> {
    let value = text(headers, "if-match").ok_or(ApiError::PreconditionRequired)?;
    value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
        .and_then(|value| value.parse().ok())
        .ok_or_else(|| ApiError::BadRequest("If-Match: send the ETag as it was read.".to_owned()))
}

/// `ETag: "VERSION"`.
pub(super) fn etag(version: u32) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let value = HeaderValue::from_str(&format!("\"{version}\""));
    headers.insert(header::ETAG, value.expect("digits in quotes are a header value"));
    headers
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use medrecord_common::segment::Digest;

    use super::{content_digest, if_match};

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
    }

    #[test]
    fn the_digest_is_found_among_others() {
        let value = "sha-512=:AAAA:, sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:";
        let digest = content_digest(&headers("content-digest", value)).unwrap();
        assert_eq!(digest, Digest::of(b"abc"));
        assert!(content_digest(&headers("content-digest", "sha-256=:AAAA:")).is_err());
        assert!(content_digest(&HeaderMap::new()).is_err());
    }

    #[test]
    fn a_version_is_read_from_its_quotes() {
        assert_eq!(if_match(&headers("if-match", "\"12\"")).unwrap(), 12);
        assert!(if_match(&headers("if-match", "12")).is_err());
        assert!(if_match(&headers("if-match", "*")).is_err());
    }
}
