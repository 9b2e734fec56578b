//! The other flow: after Stop the whole recording is uploaded, written and synced, then transcribed.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::routing::post;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use super::provider::Provider;

/// Bytes of a WAV file before its samples.
const HEADER_BYTES: usize = 44;

/// From Stop to the answer that carries the transcript.
pub(crate) async fn upload_then_transcribe(wav: &Path, provider: Provider) -> Result<Duration> {
    let router = Router::new()
        .route("/", post(take))
        .layer(DefaultBodyLimit::disable())
        .with_state(provider);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let http = reqwest::Client::builder().build()?;
    let stop = Instant::now();
    let body = tokio::fs::read(wav).await?;
    http.post(url).body(body).send().await?.error_for_status().context("upload")?;
    let elapsed = stop.elapsed();
    server.abort();
    Ok(elapsed)
}

async fn take(State(provider): State<Provider>, body: Bytes) -> Result<(), StatusCode> {
    write_synced(&body).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    provider.hear((body.len().saturating_sub(HEADER_BYTES) / 2) as u64).await;
    Ok(())
}

async fn write_synced(body: &[u8]) -> std::io::Result<()> {
    let dir = tempfile::tempdir()?;
    let mut file = tokio::fs::File::create(dir.path().join("recording.wav")).await?;
    file.write_all(body).await?;
    file.sync_all().await
}
