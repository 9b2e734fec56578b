//! A speech service that speaks OpenAI's wire format, with its text decided by the test.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// What the service answers for a segment's number.
type Answer = dyn Fn(u32) -> String + Send + Sync;

/// The running service. Requests above the gate wait until it is raised.
pub(crate) struct OpenAi {
    pub(crate) url: String,
    gate: watch::Sender<usize>,
    arrived: watch::Receiver<usize>,
}

#[derive(Clone)]
struct Service {
    answer: Arc<Answer>,
    gate: watch::Receiver<usize>,
    arrived: watch::Sender<usize>,
}

impl OpenAi {
    /// Starts on a free port and lets `open` requests through.
    pub(crate) async fn start(
        open: usize,
        answer: impl Fn(u32) -> String + Send + Sync + 'static,
    ) -> Self {
        let (gate, gate_rx) = watch::channel(open);
        let (arrived_tx, arrived) = watch::channel(0);
        let service = Service { answer: Arc::new(answer), gate: gate_rx, arrived: arrived_tx };
        let router = Router::new()
            .route("/v1/audio/transcriptions", post(transcribe))
            .layer(axum::extract::DefaultBodyLimit::max(26_214_400))
            .with_state(service);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, gate, arrived }
    }

    /// Lets every request through from now on.
    pub(crate) fn open(&self) {
        self.gate.send_replace(usize::MAX);
    }

    /// Returns once this many requests have come in.
    pub(crate) async fn requests(&mut self, count: usize) {
        self.arrived.wait_for(|arrived| *arrived >= count).await.unwrap();
    }
}

async fn transcribe(
    State(mut service): State<Service>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut number = 0;
    service.arrived.send_modify(|arrived| {
        *arrived += 1;
        number = *arrived;
    });
    if service.gate.wait_for(|open| number <= *open).await.is_err() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if !headers.contains_key("authorization") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let body = String::from_utf8_lossy(&body);
    let seq = body
        .split_once("segment-")
        .and_then(|(_, rest)| rest.split_once('.'))
        .and_then(|(seq, _)| seq.parse().ok());
    match seq {
        Some(seq) => {
            axum::Json(serde_json::json!({ "text": (service.answer)(seq) })).into_response()
        }
        None => StatusCode::BAD_REQUEST.into_response(),
    }
}
