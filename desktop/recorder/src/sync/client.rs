//! The HTTP client: one method a route, answers sorted into [`SyncError`].

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use medrecord_common::EPOCH_HEADER;
use medrecord_common::auth::{Enrol, Enrolled, Refresh, Tokens};
use medrecord_common::device::DeviceReport;
use medrecord_common::ids::{NoteId, RecordingId};
use medrecord_common::manifest::Complete;
use medrecord_common::problem::{self, ErrorCode, Problem};
use medrecord_common::receipt::{Completed, ReceiptKeys};
use medrecord_common::recording::{Change, CreateRecording};
use medrecord_common::segment::SegmentRanges;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderName, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::sync::watch;
use uuid::Uuid;

use super::authority::Trust;
use super::pace::Pace;
use super::read::{NoteRead, RecordingRead};
use super::upload::watched;
use super::{Silence, SyncError, clock};
use crate::outbox::StoredSegment;

const EPOCH: HeaderName = HeaderName::from_static(EPOCH_HEADER);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// For requests of a few kilobytes; segments have a time-out by progress instead.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A server, addressed without a credential; each call is given one where it needs one.
#[derive(Debug, Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    origin: Url,
    epoch: watch::Sender<Option<Uuid>>,
    /// Server's time less ours.
    skew: watch::Sender<TimeDelta>,
    pace: Arc<Pace>,
}

impl Client {
    /// # Errors
    /// [`SyncError::Address`] when the address is no origin that may be used.
    pub(super) fn new(server: &str, trust: &Trust, pace: Arc<Pace>) -> Result<Self, SyncError> {
        let origin = origin(server)?;
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("medrecord-recorder/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT);
        if is_loopback(&origin) {
            builder = builder.no_proxy();
        }
        let http = trust.apply_to(builder).build().map_err(unreachable)?;
        Ok(Self {
            http,
            origin,
            epoch: watch::Sender::new(None),
            skew: watch::Sender::new(TimeDelta::zero()),
            pace,
        })
    }

    /// The origin without a slash at the end.
    pub(super) fn origin(&self) -> String {
        written(&self.origin)
    }

    pub(super) async fn enrol(&self, enrol: &Enrol) -> Result<Enrolled, SyncError> {
        self.json(self.small(Method::POST, "devices").json(enrol)).await
    }

    pub(super) async fn refresh(&self, refresh: &Refresh) -> Result<Tokens, SyncError> {
        self.json(self.small(Method::POST, "auth/refresh").json(refresh)).await
    }

    /// Whether server and credential answer.
    pub(super) async fn me(&self, token: &SecretString) -> Result<(), SyncError> {
        self.json::<IgnoredAny>(signed(self.small(Method::GET, "me"), token)).await.map(drop)
    }

    /// Tells the operator how it stands here.
    pub(super) async fn report(
        &self,
        token: &SecretString,
        report: &DeviceReport,
    ) -> Result<(), SyncError> {
        let request = self.small(Method::PUT, "devices/self/report");
        self.empty(signed(request, token).json(report).send().await).await
    }

    pub(super) async fn create(
        &self,
        token: &SecretString,
        id: RecordingId,
        create: &CreateRecording,
    ) -> Result<(), SyncError> {
        let request = self.small(Method::PUT, &format!("recordings/{id}"));
        self.json::<IgnoredAny>(signed(request, token).json(create)).await.map(drop)
    }

    /// What the server has; `None` when it does not know the recording.
    pub(super) async fn segments(
        &self,
        token: &SecretString,
        id: RecordingId,
    ) -> Result<Option<SegmentRanges>, SyncError> {
        let request = self.small(Method::GET, &format!("recordings/{id}/segments"));
        match self.json(signed(request, token)).await {
            Ok(ranges) => Ok(Some(ranges)),
            Err(SyncError::Refused(problem)) if problem.code == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn changes(
        &self,
        token: &SecretString,
        id: RecordingId,
        changes: &[Change],
    ) -> Result<(), SyncError> {
        let request = self.small(Method::POST, &format!("recordings/{id}/changes"));
        self.empty(signed(request, token).json(changes).send().await).await
    }

    pub(super) async fn put_segment(
        &self,
        token: &SecretString,
        id: RecordingId,
        seq: u32,
        segment: StoredSegment,
    ) -> Result<(), SyncError> {
        let url = self.url(&format!("recordings/{id}/segments/{seq}"));
        let digest = STANDARD.encode(segment.digest.0);
        let request = signed(self.http.put(url), token)
            .header(CONTENT_TYPE, "audio/flac")
            .header(CONTENT_LENGTH, segment.flac.len())
            .header("Content-Digest", format!("sha-256=:{digest}:"))
            .header("Segment", segment.header.to_value());
        self.empty(watched(request, Bytes::from(segment.flac), Arc::clone(&self.pace)).await?).await
    }

    pub(super) async fn complete(
        &self,
        token: &SecretString,
        id: RecordingId,
        complete: &Complete,
    ) -> Result<Completed, SyncError> {
        let request = self.small(Method::POST, &format!("recordings/{id}/complete"));
        self.json(signed(request, token).json(complete)).await
    }

    /// How the server's key follows from earlier ones; none of a server of before there were several.
    pub(super) async fn receipt_keys(
        &self,
        token: &SecretString,
    ) -> Result<ReceiptKeys, SyncError> {
        match self.json(signed(self.small(Method::GET, "receipt-keys"), token)).await {
            Err(SyncError::Refused(problem)) if problem.code == ErrorCode::NotFound => {
                Ok(ReceiptKeys { successions: Vec::new() })
            }
            answer => answer,
        }
    }

    pub(super) async fn recording(
        &self,
        token: &SecretString,
        id: RecordingId,
    ) -> Result<RecordingRead, SyncError> {
        self.json(signed(self.small(Method::GET, &format!("recordings/{id}")), token)).await
    }

    pub(super) async fn note(
        &self,
        token: &SecretString,
        id: NoteId,
    ) -> Result<NoteRead, SyncError> {
        self.json(signed(self.small(Method::GET, &format!("notes/{id}")), token)).await
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.origin.clone();
        url.set_path(&format!("/api/v1/{path}"));
        url
    }

    /// The epoch that the server's last answer told; none: a server of before there were epochs.
    pub(super) fn epoch(&self) -> Option<Uuid> {
        *self.epoch.borrow()
    }

    pub(super) fn skew(&self) -> TimeDelta {
        *self.skew.borrow()
    }

    /// The time by the server's clock, as far as it is known.
    pub(super) fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.skew()
    }

    fn small(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.url(path)).timeout(TIMEOUT)
    }

    async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, SyncError> {
        let response = self.accept(request.send().await).await?;
        let body = response.bytes().await.map_err(unreachable)?;
        // A body that is not ours with status 200: a captive portal. What serde says would quote it.
        serde_json::from_slice(&body).map_err(|_| SyncError::Unreachable(Silence::NotOurs))
    }

    /// For answers without a body: a captive portal's 200 with a page must not pass for one.
    async fn empty(&self, sent: Result<Response, reqwest::Error>) -> Result<(), SyncError> {
        let response = self.accept(sent).await?;
        let html = header(&response, &CONTENT_TYPE).is_some_and(|it| it.starts_with("text/html"));
        if html { Err(SyncError::Unreachable(Silence::NotOurs)) } else { Ok(()) }
    }

    /// Sorts the answer, and notes what epoch it tells.
    async fn accept(&self, sent: Result<Response, reqwest::Error>) -> Result<Response, SyncError> {
        let response = sent.map_err(unreachable)?;
        let epoch = header(&response, &EPOCH).and_then(|value| value.parse().ok());
        if epoch.is_some() {
            self.epoch.send_replace(epoch);
            // Whatever else answers in the server's place does not set our clock.
            if let Some(skew) = header(&response, &DATE).and_then(|it| clock::skew(it, Utc::now()))
            {
                self.skew.send_replace(skew);
            }
        }
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let retry_after = retry_after(&response);
        let is_problem = header(&response, &CONTENT_TYPE)
            .is_some_and(|value| value.starts_with(problem::MEDIA_TYPE));
        let body = response.bytes().await.map_err(unreachable)?;
        let problem = serde_json::from_slice(&body).ok().filter(|_| is_problem);
        Err(refusal(status, retry_after, problem))
    }
}

fn signed(request: RequestBuilder, token: &SecretString) -> RequestBuilder {
    request.bearer_auth(token.expose_secret())
}

/// `https://host[:port]`; `http` only to this computer itself.
/// The origin of an address without a slash at the end: how a server is called in the outbox.
///
/// # Errors
/// [`SyncError::Address`] when it is none that may be used.
pub(super) fn server_of(address: &str) -> Result<String, SyncError> {
    origin(address).map(|url| written(&url))
}

fn written(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn origin(server: &str) -> Result<Url, SyncError> {
    let server = server.trim();
    let url = Url::parse(server)
        .map_err(|_| SyncError::Address("The server's address must look like https://host."))?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        _ => {
            let why = "The server's address must begin with https://, so that nobody can listen.";
            return Err(SyncError::Address(why));
        }
    }
    if url.path() != "/" || url.query().is_some() || !url.username().is_empty() {
        return Err(SyncError::Address("The server's address must end after the host's name."));
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn refusal(
    status: StatusCode,
    retry_after: Option<Duration>,
    problem: Option<Problem>,
) -> SyncError {
    match (status.as_u16(), problem) {
        // What it waited for did not come: the line is at fault.
        (408, _) => SyncError::Unreachable(Silence::Weak),
        (429, Some(problem)) if problem.code == ErrorCode::QuotaExceeded => {
            SyncError::Quota { retry_after }
        }
        (425 | 429 | 502 | 503 | 504, _) => SyncError::Busy { retry_after },
        (500.., _) => SyncError::Failed(status.as_u16()),
        (_, None) => SyncError::Unreachable(Silence::NotOurs),
        (_, Some(problem)) => match problem.code {
            ErrorCode::Unauthenticated | ErrorCode::DeviceRevoked => SyncError::SignInNeeded,
            ErrorCode::TooManyRequests | ErrorCode::Unavailable => SyncError::Busy { retry_after },
            ErrorCode::UpdateRequired => SyncError::UpdateRequired,
            _ => SyncError::Refused(Box::new(problem)),
        },
    }
}

/// Seconds; the form with a date is left to our own delay.
fn retry_after(response: &Response) -> Option<Duration> {
    header(response, &RETRY_AFTER)?.trim().parse().ok().map(Duration::from_secs)
}

fn header<'a>(response: &'a Response, name: &HeaderName) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

/// What reqwest says, without the address.
pub(super) fn unreachable(error: reqwest::Error) -> SyncError {
    let silence = match clock::refused_certificate(&error) {
        Some(why) if clock::is_about_time(why) => return SyncError::CertificateTime,
        Some(_) => Silence::Stranger,
        None if error.is_connect() => Silence::NoConnection,
        None => Silence::Weak,
    };
    tracing::debug!(error = %error.without_url(), "request failed");
    SyncError::Unreachable(silence)
}

#[cfg(test)]
mod tests;
