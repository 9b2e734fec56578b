//! One reader of the table for all streams of this process: what 2,000 clients are told costs a question a second.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use medrecord_common::event::Event;
use medrecord_common::ids::ClinicianId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, watch};
use tokio_util::sync::CancellationToken;

use crate::auth::{self, Credential};
use crate::db;
use crate::db::event::Cursor;
use crate::state::App;

/// Nobody has to tell that there is something new.
const POLL: Duration = Duration::from_secs(1);
/// A stream that is further behind reads the table itself.
const KEPT: usize = 1_024;
/// So many streams ask the database at the same time. Windows all come back at once when the server does: they wait for
/// each other, and who sends audio or signs in has the other connections.
const TURNS: usize = 4;

/// An event, its place, and whose it is.
#[derive(Clone)]
pub(super) struct News {
    pub(super) cursor: Cursor,
    pub(super) clinician: ClinicianId,
    pub(super) event: Event,
}

/// What the streams of this process listen to, and who listens.
pub(crate) struct Feed {
    news: broadcast::Sender<News>,
    listeners: Mutex<HashMap<u64, Listener>>,
    next: AtomicU64,
    turns: Arc<Semaphore>,
    /// Whether everything that is committed from now on will be told.
    begun: watch::Sender<bool>,
}

struct Listener {
    credential: Credential,
    over: CancellationToken,
}

/// A stream's place among the listeners; dropping it gives the place up.
pub(super) struct Listening {
    feed: Arc<Feed>,
    number: u64,
    pub(super) news: broadcast::Receiver<News>,
    /// Cancelled when the credential holds no more.
    pub(super) over: CancellationToken,
}

impl Default for Feed {
    fn default() -> Self {
        let (news, listeners) = (broadcast::Sender::new(KEPT), Mutex::default());
        let turns = Arc::new(Semaphore::new(TURNS));
        let begun = watch::Sender::new(false);
        Self { news, listeners, next: AtomicU64::new(0), turns, begun }
    }
}

impl Feed {
    pub(super) fn listen(self: Arc<Self>, credential: Credential) -> Listening {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (news, over) = (self.news.subscribe(), CancellationToken::new());
        self.lock().insert(number, Listener { credential, over: over.clone() });
        Listening { feed: self, number, news, over }
    }

    /// Returns when everything that is committed from then on will be told: not before the first successful read.
    pub(super) async fn begun(&self) {
        let mut begun = self.begun.subscribe();
        begun.wait_for(|begun| *begun).await.expect("we hold the sender");
    }

    /// A stream's turn to ask the database, until it is dropped.
    pub(crate) async fn turn(&self) -> OwnedSemaphorePermit {
        self.turns.clone().acquire_owned().await.expect("nobody closes it")
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Listener>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the streams whose credential was revoked or is over: at most a second late.
    async fn check(&self, app: &App) -> sqlx::Result<()> {
        let asked: Vec<(u64, Credential)> =
            self.lock().iter().map(|(number, one)| (*number, one.credential)).collect();
        if asked.is_empty() {
            return Ok(());
        }
        let credentials: Vec<_> = asked.iter().map(|(_, credential)| *credential).collect();
        let holding = auth::holding(app, &credentials).await?;
        let listeners = self.lock();
        for (number, credential) in asked {
            if !holding.contains(&credential)
                && let Some(listener) = listeners.get(&number)
            {
                listener.over.cancel();
            }
        }
        Ok(())
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.feed.lock().remove(&self.number);
    }
}

/// Reads until shutdown.
pub(crate) async fn run(app: App) {
    let mut wake = app.wake.watch_events();
    let mut cursor = None;
    let mut checked = tokio::time::Instant::now();
    while !app.shutdown.is_cancelled() {
        if let Err(error) = read(&app, &mut cursor).await {
            // The clients wait with us: the database may be back in a second.
            tracing::warn!(%error, "events cannot be read");
        }
        if checked.elapsed() >= POLL {
            checked = tokio::time::Instant::now();
            if let Err(error) = app.feed.check(&app).await {
                tracing::warn!(%error, "whether the listeners' credentials hold is not known");
            }
        }
        tokio::select! {
            () = app.shutdown.cancelled() => {}
            () = tokio::time::sleep(POLL) => {}
            _ = wake.recv() => {}
        }
    }
}

/// Tells everything after the cursor.
async fn read(app: &App, cursor: &mut Option<Cursor>) -> sqlx::Result<()> {
    let mut at = match *cursor {
        Some(at) => at,
        None => db::event::end(&app.pool).await?,
    };
    app.feed.begun.send_replace(true);
    loop {
        *cursor = Some(at);
        let rows = db::event::all_after(&app.pool, at).await?;
        let Some((last, _, _)) = rows.last() else { return Ok(()) };
        at = *last;
        for (cursor, clinician, event) in rows {
            // Nobody listens: nobody has to be told.
            let _ = app.feed.news.send(News { cursor, clinician, event });
        }
    }
}
