//! Deletes the events that no client goes on after any more.

use chrono::TimeDelta;

use crate::db;
use crate::state::App;

/// So long may a client go on after its place. A browser's session is over after ten hours; a week is for a client
/// that was away over the holidays.
pub(super) const RESUMED: TimeDelta = TimeDelta::days(7);
/// A day longer: an event that comes after a good place may have been written with another server's clock, or by a
/// transaction that began earlier and took long.
const KEPT: TimeDelta = TimeDelta::days(8);
/// A transaction each: while one is open, no later event is delivered.
const BATCH: u32 = 1_000;

impl App {
    /// Deletes events that are older than any place a client may come back to, and says how many.
    ///
    /// # Errors
    /// When the database does not answer; what was deleted before stays so.
    pub async fn sweep_events(&self) -> anyhow::Result<u64> {
        let before = self.clock.now() - KEPT;
        let mut swept = 0;
        while !self.shutdown.is_cancelled() {
            let batch = db::event::delete_old(&self.pool, before, BATCH).await?;
            swept += batch;
            if batch < u64::from(BATCH) {
                break;
            }
        }
        if swept > 0 {
            tracing::info!(swept, "old events deleted");
        }
        Ok(swept)
    }
}
