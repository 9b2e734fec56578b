//! Listens, and stops gracefully: requests end, streams end, jobs go back into the queue.

use std::time::Duration;

use axum::Router;
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
        answer(listener, app.router(), &cancel).await?;
        workers.await?;
        epoch.await?;
        feed.await?;
        Ok(())
    }

    /// Runs jobs until cancelled, and answers only how it is.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn work(
        &self,
        listener: TcpListener,
        cancel: CancellationToken,
    ) -> anyhow::Result<()> {
        let mut app = self.clone();
        app.shutdown = cancel.clone();
        let workers = app.config.jobs.workers.max(1);
        let workers = tokio::spawn(jobs::run(app.clone(), workers));
        answer(listener, app.watch_router(), &cancel).await?;
        workers.await?;
        Ok(())
    }
}

/// Answers until cancelled, and then those that are under way.
async fn answer(
    listener: TcpListener,
    router: Router,
    cancel: &CancellationToken,
) -> anyhow::Result<()> {
    // Made once: a bare router is copied for every connection, with all that its routes hold; that was a megabyte each.
    let server = axum::serve(listener, router.into_make_service())
        .with_graceful_shutdown(cancel.clone().cancelled_owned());
    let patience = async {
        cancel.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = server.into_future() => served?,
        () = patience => tracing::warn!("some requests did not end in time"),
    }
    Ok(())
}
