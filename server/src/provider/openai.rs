//! The HTTP client of a server that speaks OpenAI's API: time-outs, key, and what its answers mean for a job.
//!
//! Bodies are never logged and never part of an error: they may hold, or echo, what was spoken.

use std::time::Duration;

use chrono::DateTime;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, StatusCode, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::ProviderError;
use crate::config;

/// A server and the key to it.
#[derive(Debug, Clone)]
pub struct OpenAi {
    http: reqwest::Client,
    base: String,
    key: SecretString,
}

/// The client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("OPENAI_API_KEY is missing: set it, or choose the built-in engines.")]
    NoKey,
    #[error("The connection to OPENAI_BASE_URL cannot be set up: {0}")]
    Http(#[from] reqwest::Error),
}

impl OpenAi {
    /// `timeout` for one whole request.
    ///
    /// # Errors
    /// Without a key, or when this machine has no TLS roots or the like.
    pub fn new(server: &config::OpenAi, timeout: Duration) -> Result<Self, SetupError> {
        let key = server.api_key.clone().ok_or(SetupError::NoKey)?;
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .timeout(timeout)
            // The audio and the key go where the configuration says and nowhere else.
            .redirect(redirect::Policy::none())
            .build()?;
        Ok(Self { http, base: server.base_url.clone(), key })
    }

    /// A request to a path of the API, with the key.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.base)).bearer_auth(self.key.expose_secret())
    }

    /// Sends it and reads a JSON answer.
    ///
    /// # Errors
    /// Everything but a `2xx` with JSON of the form that is asked for.
    pub async fn send<T: serde::de::DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, ProviderError> {
        let response = request.send().await.map_err(|error| lost(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let request_id = headers.get("x-request-id").and_then(|id| id.to_str().ok());
        tracing::debug!(status = status.as_u16(), request_id, "provider answered");
        let body = response.bytes().await.map_err(|error| lost(&error))?;
        if !status.is_success() {
            return Err(refusal(status, &headers, &body));
        }
        let unreadable = ProviderError::Retry { code: "answer_unreadable", after: None };
        serde_json::from_slice(&body).map_err(|_| unreadable)
    }
}

/// No answer, or half of one.
fn lost(error: &reqwest::Error) -> ProviderError {
    let code = match error {
        error if error.is_timeout() => "timeout",
        error if error.is_connect() => "unreachable",
        _ => "connection_lost",
    };
    ProviderError::Retry { code, after: None }
}

/// The error body of OpenAI, `{"error": {"message", "type", "param", "code"}}`. Other servers have other ones:
/// every field may be missing.
#[derive(Debug, Default, Deserialize)]
struct ErrorBody {
    #[serde(default)]
    error: ErrorDetail,
}

#[derive(Debug, Default, Deserialize)]
struct ErrorDetail {
    message: Option<String>,
    r#type: Option<String>,
    code: Option<String>,
}

/// 429 of this kind is not about speed: nothing helps but a person with a credit card.
const BILLING: [&str; 5] = [
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
];

/// What an answer other than `2xx` means for the job.
pub(super) fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ProviderError {
    let detail = serde_json::from_slice::<ErrorBody>(body).unwrap_or_default().error;
    let is =
        |word: &str| detail.code.as_deref() == Some(word) || detail.r#type.as_deref() == Some(word);
    let after = wished_delay(headers);
    match status.as_u16() {
        401 => ProviderError::Attention { code: "key_rejected" },
        402 => ProviderError::Attention { code: "quota" },
        403 => ProviderError::Attention { code: "not_permitted" },
        404 => ProviderError::Attention { code: "model_not_found" },
        408 => ProviderError::Retry { code: "timeout", after },
        409 | 425 => ProviderError::Retry { code: "conflict", after },
        413 => ProviderError::Refused { code: "too_large" },
        415 | 422 => ProviderError::Refused { code: "unprocessable" },
        429 if BILLING.iter().any(|word| is(word)) => ProviderError::Attention { code: "quota" },
        429 if is("slow_down") => ProviderError::Retry { code: "slow_down", after },
        429 => ProviderError::Retry { code: "rate_limited", after },
        500.. if is("server_is_overloaded") => ProviderError::Retry { code: "overloaded", after },
        500.. => ProviderError::Retry { code: "server_error", after },
        400 if detail.message.is_some_and(|message| message.contains("longer than")) => {
            ProviderError::Refused { code: "audio_too_long" }
        }
        400 => ProviderError::Refused { code: "bad_request" },
        // A redirect or the like: the base URL is not that of an API.
        _ => ProviderError::Attention { code: "unexpected_answer" },
    }
}

/// `retry-after-ms`, or `Retry-After` as seconds or as a date (against the answer's own `Date`, so that
/// no clock but the provider's counts).
fn wished_delay(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let number = |text: &str| text.parse::<f64>().ok();
    if let Some(ms) = text("retry-after-ms").and_then(number) {
        return Duration::try_from_secs_f64(ms / 1_000.0).ok();
    }
    let wish = text(RETRY_AFTER.as_str())?;
    if let Some(seconds) = number(wish) {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = |text: &str| DateTime::parse_from_rfc2822(text).ok();
    (date(wish)? - date(text(DATE.as_str())?)?).to_std().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, headers: &[(&'static str, &str)], body: &str) -> ProviderError {
        let headers = headers.iter().map(|(name, value)| {
            (reqwest::header::HeaderName::from_static(name), value.parse().unwrap())
        });
        refusal(StatusCode::from_u16(status).unwrap(), &headers.collect(), body.as_bytes())
    }

    #[test]
    fn a_rate_limit_waits_as_long_as_the_provider_says() {
        let body = r#"{"error":{"message":"Rate limit reached","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#;
        let seven =
            ProviderError::Retry { code: "rate_limited", after: Some(Duration::from_secs(7)) };
        assert_eq!(refused(429, &[("retry-after", "7")], body), seven);
        assert_eq!(refused(429, &[("retry-after-ms", "7000")], body), seven);
        let date = [
            ("date", "Tue, 24 Nov 2026 09:00:00 GMT"),
            ("retry-after", "Tue, 24 Nov 2026 09:00:07 GMT"),
        ];
        assert_eq!(refused(429, &date, body), seven);
        let no_wish = ProviderError::Retry { code: "rate_limited", after: None };
        assert_eq!(refused(429, &[("retry-after", "-1")], body), no_wish);
        assert_eq!(refused(429, &[], "no JSON"), no_wish);
    }

    #[test]
    fn an_empty_account_is_never_tried_again_by_itself() {
        for code in BILLING {
            let body = format!(r#"{{"error":{{"type":"insufficient_quota","code":"{code}"}}}}"#);
            assert_eq!(refused(429, &[], &body), ProviderError::Attention { code: "quota" });
        }
        let legacy = r#"{"error":{"type":"insufficient_quota","code":null}}"#;
        assert_eq!(refused(429, &[], legacy), ProviderError::Attention { code: "quota" });
    }

    #[test]
    fn overload_and_broken_servers_are_tried_again() {
        let body =
            r#"{"error":{"type":"service_unavailable_error","code":"server_is_overloaded"}}"#;
        let overloaded = ProviderError::Retry { code: "overloaded", after: None };
        assert_eq!(refused(503, &[], body), overloaded);
        let broken = ProviderError::Retry { code: "server_error", after: None };
        assert_eq!(refused(500, &[], "<html>Oops</html>"), broken);
        assert_eq!(refused(500, &[], r#"{"error":"a string"}"#), broken);
    }

    #[test]
    fn what_a_person_must_mend_is_told_apart_from_what_never_works() {
        let attention = |code| ProviderError::Attention { code };
        assert_eq!(refused(401, &[], "{}"), attention("key_rejected"));
        assert_eq!(refused(403, &[], r#"{"detail":"Forbidden"}"#), attention("not_permitted"));
        assert_eq!(refused(404, &[], ""), attention("model_not_found"));
        assert_eq!(refused(302, &[], ""), attention("unexpected_answer"));
        let never = |code| ProviderError::Refused { code };
        assert_eq!(refused(413, &[], ""), never("too_large"));
        assert_eq!(refused(422, &[], r#"{"detail":[{"msg":"x"}]}"#), never("unprocessable"));
        let long = r#"{"error":{"message":"audio duration 1830.5 seconds is longer than 1400 seconds which is the maximum for this model","type":"invalid_request_error","param":null,"code":"invalid_value"}}"#;
        assert_eq!(refused(400, &[], long), never("audio_too_long"));
        assert_eq!(refused(400, &[], "{}"), never("bad_request"));
    }
}
