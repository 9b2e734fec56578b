//! Whether a worker works: it has no address to ask, so it leaves a mark that never grows old while it does.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::bail;

use crate::health;
use crate::state::App;

const EVERY: Duration = Duration::from_secs(5);
/// Longer than a database takes to start again.
const OLD: Duration = Duration::from_secs(30);

/// Renews the mark as long as the database answers; never ends.
pub(super) async fn keep(app: &App) {
    loop {
        if health::measure(&app.pool, app.clock.now()).await.status == health::HEALTHY
            && let Err(error) = tokio::fs::write(mark(), "").await
        {
            tracing::error!(%error, "the mark of a living worker cannot be written");
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Whether the mark is fresh.
pub(super) fn check() -> anyhow::Result<()> {
    let age = std::fs::metadata(mark()).ok().and_then(|mark| mark.modified().ok()?.elapsed().ok());
    match age {
        Some(age) if age < OLD => Ok(()),
        Some(age) => bail!("the worker has not reached the database for {} s", age.as_secs()),
        None => bail!("no worker runs here"),
    }
}

fn mark() -> PathBuf {
    std::env::temp_dir().join("medrecord-worker-alive")
}
