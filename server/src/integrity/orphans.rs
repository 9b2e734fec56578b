//! Objects that no row names: what is left of a request that was killed between the two. They go after a month.
//!
//! Not sooner: after a restore of the database they may be the only copy of what was received since the backup.

use chrono::TimeDelta;
use medrecord_common::ids::RecordingId;

use crate::db;
use crate::state::App;

/// As long as the trash.
const KEPT: TimeDelta = TimeDelta::days(30);

impl App {
    /// Deletes objects that have been named by nothing for a month, and says how many.
    ///
    /// # Errors
    /// When the database or the object store does not answer; what was deleted before stays so.
    pub async fn sweep_orphans(&self) -> anyhow::Result<usize> {
        let before = self.clock.now() - KEPT;
        let mut swept = 0;
        for recording in self.objects.recordings().await? {
            swept += sweep(self, recording, before).await?;
        }
        if swept > 0 {
            tracing::info!(swept, "objects deleted that nothing named");
        }
        Ok(swept)
    }
}

async fn sweep(
    app: &App,
    recording: RecordingId,
    before: chrono::DateTime<chrono::Utc>,
) -> anyhow::Result<usize> {
    let old = app.objects.stored(recording, before).await?;
    if old.is_empty() {
        return Ok(0);
    }
    // Looked up after the objects: a row that comes later names an object that is young.
    let named = db::segment::list(&app.pool, recording).await?;
    let mut swept = 0;
    for name in old {
        if !named.iter().any(|row| row.seq == name.seq && row.digest == name.digest) {
            app.objects.delete(name).await?;
            swept += 1;
        }
    }
    Ok(swept)
}
