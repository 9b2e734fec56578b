//! The stream of a clinician's events: read from the table, each second or when this process has news.
//!
//! A row is delivered once no older transaction can still commit before it, so nothing is passed over;
//! the place in the stream is (transaction, number).

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::Event as SseEvent;
use futures::Stream;
use medrecord_common::ids::ClinicianId;
use tokio::sync::broadcast::{self, error::RecvError};

use crate::db;
use crate::db::event::Cursor;
use crate::http::identity::Reader;
use crate::state::App;

pub(crate) type Frame = Result<SseEvent, Infallible>;

const POLL: Duration = Duration::from_secs(1);

struct Subscription {
    app: App,
    reader: Reader,
    cursor: Cursor,
    news: broadcast::Receiver<ClinicianId>,
    ready: std::collections::VecDeque<SseEvent>,
}

/// Events after the cursor, until the client goes, the server stops, or the session ends.
pub(crate) fn stream(app: App, reader: Reader, cursor: Cursor) -> impl Stream<Item = Frame> {
    let news = app.wake.watch_events();
    // An id without data: a client that is cut off before the first event goes on from here.
    let ready = [SseEvent::default().id(cursor.to_string())].into();
    let subscription = Subscription { app, reader, cursor, news, ready };
    futures::stream::unfold(subscription, async |mut subscription| {
        let event = subscription.next().await?;
        Some((Ok(event), subscription))
    })
}

impl Subscription {
    async fn next(&mut self) -> Option<SseEvent> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if !self.fetch().await? && self.ready.is_empty() {
                self.wait().await?;
            }
        }
    }

    /// Nothing when the stream has to end; false when there is no news.
    async fn fetch(&mut self) -> Option<bool> {
        match self.reader.still_holds(&self.app).await {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => return unreachable(&error),
        }
        let clinician = self.reader.clinician();
        let rows = match db::event::after(&self.app.pool, clinician, self.cursor).await {
            Ok(rows) => rows,
            Err(error) => return unreachable(&error),
        };
        for (cursor, event) in rows {
            self.cursor = cursor;
            let frame = SseEvent::default().id(cursor.to_string()).event(event.kind.as_str());
            self.ready.push_back(frame.json_data(&event).ok()?);
        }
        Some(!self.ready.is_empty())
    }

    async fn wait(&mut self) -> Option<()> {
        tokio::select! {
            () = self.app.shutdown.cancelled() => None,
            () = own_news(&mut self.news, self.reader.clinician()) => Some(()),
            () = tokio::time::sleep(POLL) => Some(()),
        }
    }
}

/// Other clinicians' news wake nobody here.
async fn own_news(news: &mut broadcast::Receiver<ClinicianId>, clinician: ClinicianId) {
    loop {
        match news.recv().await {
            Ok(whose) if whose == clinician => return,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// The client waits with us: the database may be back in a second.
fn unreachable(error: &sqlx::Error) -> Option<bool> {
    tracing::warn!(%error, "events cannot be read");
    Some(false)
}
