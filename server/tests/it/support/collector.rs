//! A collector of OpenTelemetry's that keeps what it is sent.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use tokio::net::TcpListener;

pub(crate) struct Collector {
    pub(crate) url: String,
    sent: Arc<Mutex<Vec<u8>>>,
}

impl Collector {
    pub(crate) async fn start() -> Self {
        let sent = Arc::<Mutex<Vec<u8>>>::default();
        let kept = sent.clone();
        let keep = async move |body: Bytes| kept.lock().unwrap().extend_from_slice(&body);
        let router = Router::new().route("/v1/traces", post(keep));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, sent }
    }

    /// All of it; between the words stands what protobuf writes.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.sent.lock().unwrap()).into_owned()
    }
}
