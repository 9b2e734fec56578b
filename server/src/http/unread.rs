//! What an answer left unread of its request is read to the end, and nothing of it kept.
//!
//! Who is refused by the head (401, 413, 429) is still sending. Closed over what is on its way, the connection would be
//! reset, and the sender might never see the answer: nginx says 502 then. So it is read on, beside the answer, within
//! bounds; a sender beyond them has had time to see it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::header;
use futures::{Stream, StreamExt as _};
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::state::App;

/// More than the largest body that nginx lets through.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// A request's body; what is left of it when it is dropped is read elsewhere.
struct Unread {
    /// None once it ended.
    body: Option<BodyDataStream>,
    /// Its sender waits for "100 Continue", and learns from the answer that there is nothing to send.
    waits: bool,
    patience: Duration,
}

/// Goes outside of everything that may stop reading.
pub(super) async fn read_on(State(app): State<App>, request: Request) -> Request {
    if request.body().is_end_stream() {
        return request;
    }
    let waits = request.headers().contains_key(header::EXPECT);
    let patience = app.config.limits.body_pause;
    request.map(|body| {
        Body::from_stream(Unread { body: Some(body.into_data_stream()), waits, patience })
    })
}

impl Stream for Unread {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.waits = false;
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let next = ready!(body.poll_next_unpin(context));
        if !matches!(next, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(next)
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        // Without a runtime the process is ending.
        let (Some(body), Ok(runtime)) = (self.body.take(), Handle::try_current()) else { return };
        if !self.waits {
            let patience = self.patience;
            runtime.spawn(async move { timeout(patience, discard(body)).await });
        }
    }
}

async fn discard(mut body: BodyDataStream) {
    let mut read = 0;
    while let Some(Ok(bytes)) = body.next().await
        && read < MAX_BYTES
    {
        read += bytes.len();
    }
}
