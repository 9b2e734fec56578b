//! What is done now and then, by whichever server gets to it: to do it twice does no harm.

use std::time::Duration;

use crate::state::App;

const EVERY: Duration = Duration::from_hours(1);
/// All objects are listed: once a day is enough.
const ORPHANS_EVERY: u32 = 24;

/// Sweeps until shutdown.
pub(super) async fn run(app: App) {
    let mut round = 0;
    while !app.shutdown.is_cancelled() {
        if let Err(error) = app.purge_discarded().await {
            tracing::error!(error = %format!("{error:#}"), "the purge will be tried again");
        }
        if let Err(error) = app.sweep_events().await {
            tracing::error!(error = %format!("{error:#}"), "old events will be deleted later");
        }
        if round % ORPHANS_EVERY == 0
            && let Err(error) = app.sweep_orphans().await
        {
            tracing::error!(error = %format!("{error:#}"), "orphans will be looked for again");
        }
        round = round.wrapping_add(1);
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = app.shutdown.cancelled() => {}
        }
    }
}
