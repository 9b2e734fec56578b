//! Clients of the event stream: one for each recorder, open all the while.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use futures::future::try_join_all;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::ours::Workstation;

/// Streams that are opened at the same time.
const AT_ONCE: usize = 50;

pub(crate) struct Watchers {
    told: Arc<Told>,
    streams: JoinSet<()>,
}

#[derive(Default)]
struct Told {
    /// Events that were asked about.
    asked: AtomicUsize,
    /// Streams that have told of one since the last was asked about.
    streams: AtomicUsize,
    one: Notify,
}

impl Watchers {
    /// Opens a stream for each; all are open when this returns.
    pub(crate) async fn open(workstations: impl Iterator<Item = &Workstation>) -> Result<Self> {
        let (told, mut streams) = (Arc::<Told>::default(), JoinSet::new());
        let workstations: Vec<_> = workstations.collect();
        for few in workstations.chunks(AT_ONCE) {
            for stream in try_join_all(few.iter().map(|it| it.events())).await? {
                streams.spawn(count(stream, Arc::clone(&told)));
            }
        }
        Ok(Self { told, streams })
    }

    pub(crate) fn still_open(&mut self) -> usize {
        while self.streams.try_join_next().is_some() {}
        self.streams.len()
    }

    /// How long it takes until every stream has told of one event that `work` makes.
    pub(crate) async fn until_told(
        &self,
        work: impl Future<Output = Result<()>>,
    ) -> Result<Duration> {
        self.told.streams.store(0, Ordering::Relaxed);
        self.told.asked.fetch_add(1, Ordering::Relaxed);
        work.await?;
        let made = Instant::now();
        loop {
            let one = self.told.one.notified();
            if self.told.streams.load(Ordering::Relaxed) == self.streams.len() {
                return Ok(made.elapsed());
            }
            one.await;
        }
    }
}

async fn count(mut stream: reqwest::Response, told: Arc<Told>) {
    let mut told_of = 0;
    while let Ok(Some(bytes)) = stream.chunk().await {
        let asked = told.asked.load(Ordering::Relaxed);
        // A frame is written at once, and is far smaller than what is read at once.
        if asked > told_of && bytes.windows(6).any(|window| window == b"event:") {
            told_of = asked;
            told.streams.fetch_add(1, Ordering::Relaxed);
            told.one.notify_one();
        }
    }
}
