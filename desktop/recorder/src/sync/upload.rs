//! An upload with a time-out by progress: a slow line may take its time, a dead one is noticed.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use reqwest::{Body, RequestBuilder, Response};
use tokio::sync::watch;

use super::pace::Pace;
use super::{Silence, SyncError};

/// So long without a piece taken, or (after the last) without an answer.
const STALL: Duration = Duration::from_secs(30);

/// Sends the body, no faster than the pace; the outer error says that nothing moved for [`STALL`].
pub(super) async fn watched(
    request: RequestBuilder,
    bytes: Bytes,
    pace: Arc<Pace>,
) -> Result<Result<Response, reqwest::Error>, SyncError> {
    let (progress, moved) = watch::channel(());
    let pieces = stream::unfold((bytes, progress, pace), |(mut rest, progress, pace)| async move {
        if rest.is_empty() {
            return None;
        }
        let piece = rest.split_to(pace.next(rest.len()).await);
        progress.send_replace(());
        Some((Ok::<_, Infallible>(piece), (rest, progress, pace)))
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
