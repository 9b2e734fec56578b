//! A client of the API: nobody, a browser or a device.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use medrecord_common::ids::{NoteId, RecordingId};
use medrecord_common::manifest::{self, Complete};
use medrecord_common::note::Note;
use medrecord_common::problem::{ErrorCode, Problem};
use medrecord_common::recording::{Change, ChangeKind, Gap};
use medrecord_common::segment::Digest;
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::speaker::Spoken;

#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    pub(crate) url: String,
    headers: HeaderMap,
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: bytes::Bytes,
}

impl Client {
    pub(crate) fn new(url: &str) -> Self {
        let http = reqwest::Client::builder().build().unwrap();
        Self { http, url: url.to_owned(), headers: HeaderMap::new() }
    }

    /// The same one, at another address.
    pub(crate) fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    pub(crate) fn with_token(self, token: &str) -> Self {
        self.with_header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) async fn sign_in(self, email: &str, password: &str) -> Self {
        let body = serde_json::json!({ "email": email, "password": password });
        let answer = self.post("/sign-in", &body).await;
        assert_eq!(answer.status, StatusCode::OK, "sign in: {}", answer.text());
        let cookie = answer.headers["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        self.with_header("cookie", &cookie).with_header("sec-fetch-site", "same-origin")
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/api/v1{path}", self.url);
        self.http.request(method, url).headers(self.headers.clone())
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &impl Serialize) -> Answer {
        Answer::of(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &impl Serialize) -> Answer {
        Answer::of(self.request(Method::PUT, path).json(body)).await
    }

    /// PUT or POST with `If-Match`.
    pub(crate) async fn change(
        &self,
        method: Method,
        path: &str,
        version: u32,
        body: &impl Serialize,
    ) -> Answer {
        let request = self.request(method, path).header("if-match", format!("\"{version}\""));
        Answer::of(request.json(body)).await
    }

    /// Begins a dictation and returns its id.
    pub(crate) async fn create(&self) -> RecordingId {
        let id = RecordingId::new();
        let answer = self.put(&format!("/recordings/{id}"), &dictation()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        id
    }

    pub(crate) fn segment_request(&self, id: RecordingId, segment: &Spoken) -> RequestBuilder {
        let path = format!("/recordings/{id}/segments/{}", segment.seq);
        let digest = STANDARD.encode(Digest::of(&segment.flac).0);
        self.request(Method::PUT, &path)
            .header("content-type", "audio/flac")
            .header("content-digest", format!("sha-256=:{digest}:"))
            .header("segment", segment.header.to_value())
            .body(segment.flac.clone())
    }

    pub(crate) async fn send(&self, id: RecordingId, segment: &Spoken) -> Answer {
        Answer::of(self.segment_request(id, segment)).await
    }

    pub(crate) async fn gap(&self, id: RecordingId, number: u32, gap: Gap) -> Answer {
        let at = "2026-08-03T09:00:30Z".parse().unwrap();
        let change = Change { number, at, what: ChangeKind::Gap(gap) };
        self.post(&format!("/recordings/{id}/changes"), &[change]).await
    }

    pub(crate) async fn complete(
        &self,
        id: RecordingId,
        segments: &[Spoken],
        gaps: &[Gap],
    ) -> Answer {
        let pairs: Vec<_> =
            segments.iter().map(|spoken| (spoken.header, Digest::of(&spoken.flac))).collect();
        let changes = gaps.len() as u32;
        let body = Complete { manifest: manifest::text(&pairs, gaps), changes };
        self.post(&format!("/recordings/{id}/complete"), &body).await
    }

    /// Creates, sends and completes a recording of these segments.
    pub(crate) async fn record(&self, segments: &[Spoken]) -> RecordingId {
        let id = self.create().await;
        for segment in segments {
            assert_eq!(self.send(id, segment).await.status, StatusCode::CREATED);
        }
        let completed = self.complete(id, segments, &[]).await;
        assert_eq!(completed.status, StatusCode::OK, "{}", completed.text());
        id
    }

    pub(crate) async fn note_of(&self, id: RecordingId) -> Note {
        self.get(&format!("/recordings/{id}/note")).await.json()
    }

    pub(crate) async fn note(&self, id: NoteId) -> Note {
        self.get(&format!("/notes/{id}")).await.json()
    }
}

impl Answer {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Self { status, headers, bytes: response.bytes().await.unwrap() }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(crate) fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{} {}: {error}", self.status, self.text()))
    }

    pub(crate) fn problem(&self) -> Problem {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{}", self.text());
        self.json()
    }

    /// Status and code of a problem, which must agree.
    pub(crate) fn fault(&self) -> (u16, ErrorCode) {
        let problem = self.problem();
        assert_eq!(problem.status, self.status.as_u16());
        assert_eq!(problem.request_id.as_deref(), self.headers["x-request-id"].to_str().ok());
        (problem.status, problem.code)
    }
}

/// The body that creates a dictation.
pub(crate) fn dictation() -> serde_json::Value {
    serde_json::json!({ "kind": "dictation", "language": "en",
        "started_at": "2026-08-03T08:59:00Z" })
}
