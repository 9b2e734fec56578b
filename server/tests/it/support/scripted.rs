//! A provider that answers what the test wrote down, in order, and keeps what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use medrecord_server::config::OpenAi;

/// One request as it came in.
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A part of a multipart body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// What stands between the boundary and the content.
    pub(crate) head: String,
    pub(crate) content: Vec<u8>,
}

/// One answer.
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
}

/// The running provider.
#[derive(Clone)]
pub(crate) struct Scripted {
    pub(crate) server: OpenAi,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// An answer of the API, or of a proxy before it.
pub(crate) fn answer(status: u16, body: impl ToString) -> Answer {
    Answer { status, headers: Vec::new(), body: body.to_string() }
}

impl Answer {
    pub(crate) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl Scripted {
    pub(crate) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = OpenAi {
            base_url: format!("http://{}", listener.local_addr().unwrap()),
            api_key: Some("sk-test".into()),
        };
        let answers = answers.into_iter().collect();
        let scripted =
            Self { server, answers: Arc::new(Mutex::new(answers)), asked: Arc::default() };
        let router = Router::new().fallback(reply).with_state(scripted.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        scripted
    }

    /// All requests since the last call.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

async fn reply(
    State(scripted): State<Scripted>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<String> {
    let path = uri.to_string();
    scripted.asked.lock().unwrap().push(Asked { method, path, headers, body });
    let next = scripted.answers.lock().unwrap().pop_front();
    let answer =
        next.unwrap_or_else(|| answer(StatusCode::NOT_IMPLEMENTED.as_u16(), "no more answers"));
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(answer.body).unwrap()
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The parts of a `multipart/form-data` body, in order.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let (kind, boundary) = self.header("content-type").split_once("; boundary=").unwrap();
        assert_eq!(kind, "multipart/form-data");
        let boundary = format!("--{boundary}");
        let mut rest = &self.body[..];
        let mut pieces = Vec::new();
        while let Some(at) = rest.windows(boundary.len()).position(|at| at == boundary.as_bytes()) {
            pieces.push(&rest[..at]);
            rest = &rest[at + boundary.len()..];
        }
        assert_eq!(rest, b"--\r\n");
        pieces[1..].iter().map(|piece| Part::read(piece)).collect()
    }
}

impl Part {
    fn read(piece: &[u8]) -> Self {
        let end = piece.windows(4).position(|at| at == b"\r\n\r\n").unwrap();
        let head = std::str::from_utf8(&piece[2..end]).unwrap().replace("\r\n", "; ");
        Self { head: head.to_lowercase(), content: piece[end + 4..piece.len() - 2].to_vec() }
    }
}
