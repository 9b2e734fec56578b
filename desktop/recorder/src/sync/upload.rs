//! An upload with a time-out by progress: a slow line may take its time, a dead one is noticed.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use reqwest::{Body, RequestBuilder, Response};
use tokio::sync::watch;

use super::{Silence, SyncError};

/// What is handed to the socket at a time.
const PIECE: usize = 16 * 1024;

/// So long without a piece taken, or (after the last) without an answer.
const STALL: Duration = Duration::from_secs(30);

/// Sends the body; the outer error says that nothing moved for [`STALL`].
pub(super) async fn watched(
    request: RequestBuilder,
    bytes: Bytes,
) -> Result<Result<Response, reqwest::Error>, SyncError> {
    let (progress, moved) = watch::channel(());
    let pieces = stream::unfold((bytes, progress), |(mut rest, progress)| async move {
        if rest.is_empty() {
            return None;
        }
        progress.send_replace(());
        let piece = rest.split_to(rest.len().min(PIECE));
        Some((Ok::<_, Infallible>(piece), (rest, progress)))
    });
    tokio::select! {
        sent = request.body(Body::wrap_stream(pieces)).send() => Ok(sent),
        () = stalled(moved) => Err(SyncError::Unreachable(Silence::Weak)),
    }
}

async fn stalled(mut moved: watch::Receiver<()>) {
    loop {
        match tokio::time::timeout(STALL, moved.changed()).await {
            Ok(Ok(())) => {}
            // All is sent: the answer has its own time.
            Ok(Err(_)) => return tokio::time::sleep(STALL).await,
            Err(_) => return,
        }
    }
}
