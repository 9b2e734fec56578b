//! The whole server as one value: database, objects, engines, keys and clock.

use std::sync::Arc;

use medrecord_common::ids::ClinicianId;
use sqlx::PgPool;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;

use crate::auth::{AccessTokens, Passwords, RefreshTokens};
use crate::clock::Clock;
use crate::config::Config;
use crate::drafting::NoteDrafter;
use crate::epoch::Epoch;
use crate::events::Feed;
use crate::limits::Limits;
use crate::metrics::Requests;
use crate::objects::Objects;
use crate::speech::SpeechToText;

/// A stream that is further behind than so many wake-ups just looks.
const NEWS: usize = 256;

/// Cheap to clone; clones are the same server.
#[derive(Clone)]
pub struct App {
    pub pool: PgPool,
    pub config: Arc<Config>,
    pub clock: Clock,
    pub(crate) objects: Objects,
    pub(crate) epoch: Epoch,
    pub(crate) speech: Arc<dyn SpeechToText>,
    pub(crate) drafter: Arc<dyn NoteDrafter>,
    pub(crate) passwords: Passwords,
    pub(crate) access_tokens: AccessTokens,
    pub(crate) refresh_tokens: RefreshTokens,
    pub(crate) limits: Arc<Limits>,
    pub(crate) requests: Requests,
    pub(crate) wake: Wake,
    pub(crate) feed: Arc<Feed>,
    /// Cancelled when the server shuts down: long answers end, workers stop taking jobs.
    pub(crate) shutdown: CancellationToken,
}

/// Wakes within this process. Nothing depends on it: everything also polls each second.
#[derive(Clone)]
pub(crate) struct Wake {
    jobs: Arc<Notify>,
    events: broadcast::Sender<ClinicianId>,
}

impl App {
    /// Opens the object stores; the pool is connected and the schema current.
    ///
    /// # Errors
    /// When a folder cannot be made.
    #[expect(clippy::unused_async, reason = "remote object stores are opened asynchronously")]
    pub async fn new(
        config: Config,
        pool: PgPool,
        speech: Arc<dyn SpeechToText>,
        drafter: Arc<dyn NoteDrafter>,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let previous = config.jwt_secret_previous.as_ref();
        Ok(Self {
            objects: Objects::open(&config)?,
            epoch: Epoch::default(),
            access_tokens: AccessTokens::new(&config.jwt_secret, previous),
            refresh_tokens: RefreshTokens::new(&config.jwt_secret, previous),
            passwords: Passwords::new()?,
            limits: Arc::new(Limits::new(&config.limits)),
            requests: Requests::new(),
            config: Arc::new(config),
            pool,
            clock,
            speech,
            drafter,
            wake: Wake { jobs: Arc::default(), events: broadcast::Sender::new(NEWS) },
            feed: Arc::default(),
            shutdown: CancellationToken::new(),
        })
    }
}

impl Wake {
    /// A job may be due.
    pub(crate) fn jobs(&self) {
        self.jobs.notify_one();
    }

    /// An event of this clinician was committed.
    pub(crate) fn events(&self, clinician: ClinicianId) {
        // Nobody listens: nobody has to be woken.
        let _ = self.events.send(clinician);
    }

    /// Waits for [`Wake::jobs`].
    pub(crate) async fn job(&self) {
        self.jobs.notified().await;
    }

    /// Sees every [`Wake::events`] from now on.
    pub(crate) fn watch_events(&self) -> broadcast::Receiver<ClinicianId> {
        self.events.subscribe()
    }
}
