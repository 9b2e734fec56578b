//! Listens, and stops gracefully: requests end, streams end, jobs go back into the queue.

use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::state::App;
use crate::{epoch, events, jobs};

/// Requests that are under way get so long to end.
const GRACE: Duration = Duration::from_secs(10);

impl App {
    /// Serves until cancelled, with the job worker beside it unless configured to have none.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(
        &self,
        listener: TcpListener,
        cancel: CancellationToken,
    ) -> anyhow::Result<()> {
        let mut app = self.clone();
        app.shutdown = cancel.clone();
        let epoch = tokio::spawn(epoch::keep(app.clone()));
        let feed = tokio::spawn(events::run(app.clone()));
        let workers = tokio::spawn(jobs::run(app.clone(), app.config.jobs.workers));
        let server = axum::serve(listener, app.router())
            .with_graceful_shutdown(cancel.clone().cancelled_owned());
        let patience = async {
            cancel.cancelled().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            served = server.into_future() => served?,
            () = patience => tracing::warn!("some requests did not end in time"),
        }
        workers.await?;
        epoch.await?;
        feed.await?;
        Ok(())
    }

    /// Runs jobs only, until cancelled.
    pub async fn work(&self, cancel: CancellationToken) {
        let mut app = self.clone();
        app.shutdown = cancel;
        let workers = app.config.jobs.workers.max(1);
        jobs::run(app, workers).await;
    }
}
