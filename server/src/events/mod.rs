//! The stream of a clinician's events: what the table holds after the client's place, then what the feed tells.
//!
//! A row is delivered once no older transaction can still commit before it, so nothing is passed over;
//! the place in the stream is (transaction, number). Events are kept for a while: a client whose place is not among
//! them gets [`RESET`] first, and then what is new.

mod feed;
mod sweep;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::Event as SseEvent;
use futures::Stream;
use medrecord_common::event::Event;
use medrecord_common::ids::ClinicianId;
use tokio::sync::broadcast::error::RecvError;

use self::feed::Listening;
pub(crate) use self::feed::{Feed, run};
use crate::db;
use crate::db::event::Cursor;
use crate::http::identity::Reader;
use crate::state::App;

pub(crate) type Frame = Result<SseEvent, Infallible>;

/// So long may the database take for a question.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// After the database did not answer.
const AGAIN: Duration = Duration::from_secs(1);
/// Events may be missing after the client's place: it has to read everything again.
const RESET: &str = "reset";

struct Subscription {
    app: App,
    clinician: ClinicianId,
    cursor: Cursor,
    listening: Listening,
    /// There may be rows between the cursor and what the feed tells next.
    is_behind: bool,
    ready: VecDeque<SseEvent>,
}

/// Events after that place, if it is kept, or from now on, until the client goes, the server stops, or the credential
/// ends.
pub(crate) async fn stream(
    app: App,
    reader: &Reader,
    after: Option<Cursor>,
) -> sqlx::Result<impl Stream<Item = Frame> + use<>> {
    // Listened to first: what is committed while the table is asked is told, so a stream from now on is not behind.
    let listening = app.feed.clone().listen(reader.credential());
    app.feed.begun().await;
    let place = match after {
        Some(place) => kept(&app, place).await?,
        None => None,
    };
    let cursor = match place {
        Some(place) => place,
        None => db::event::end(&app.pool).await?,
    };
    // An id without data: a client that is cut off before the first event goes on from here.
    let mut first = SseEvent::default().id(cursor.to_string());
    if after.is_some() && place.is_none() {
        // With data: browsers pass over an event that has none.
        first = first.event(RESET).data("{}");
    }
    let (ready, is_behind) = ([first].into(), place.is_some());
    let clinician = reader.clinician();
    let subscription = Subscription { app, clinician, cursor, listening, is_behind, ready };
    Ok(futures::stream::unfold(subscription, async |mut subscription| {
        let event = subscription.next().await?;
        Some((Ok(event), subscription))
    }))
}

/// The client's place, when everything after it is still here.
async fn kept(app: &App, place: Cursor) -> sqlx::Result<Option<Cursor>> {
    let after = app.clock.now() - sweep::RESUMED;
    Ok(db::event::is_kept(&app.pool, place, after).await?.then_some(place))
}

impl Subscription {
    /// Nothing when the stream has to end.
    async fn next(&mut self) -> Option<SseEvent> {
        let (shutdown, over) = (self.app.shutdown.clone(), self.listening.over.clone());
        tokio::select! {
            biased;
            () = shutdown.cancelled() => None,
            () = over.cancelled() => None,
            event = self.told() => Some(event),
        }
    }

    async fn told(&mut self) -> SseEvent {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return event;
            }
            if self.is_behind {
                self.catch_up().await;
                continue;
            }
            match self.listening.news.recv().await {
                Ok(news) if news.clinician == self.clinician && news.cursor > self.cursor => {
                    self.deliver(news.cursor, &news.event);
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => self.is_behind = true,
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }

    async fn catch_up(&mut self) {
        let turn = self.app.feed.turn().await;
        let asked = db::event::after(&self.app.pool, self.clinician, self.cursor);
        // A connection that died without a word would keep the turn for minutes.
        let asked = tokio::time::timeout(PATIENCE, asked).await;
        match asked.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
            Ok(rows) => {
                self.is_behind = !rows.is_empty();
                for (cursor, event) in rows {
                    self.deliver(cursor, &event);
                }
            }
            Err(error) => {
                // The client waits with us: the database may be back in a second.
                drop(turn);
                tracing::warn!(%error, "events cannot be read");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }

    fn deliver(&mut self, cursor: Cursor, event: &Event) {
        self.cursor = cursor;
        let frame = SseEvent::default().id(cursor.to_string()).event(event.kind.as_str());
        self.ready.push_back(frame.json_data(event).expect("an event is JSON"));
    }
}
