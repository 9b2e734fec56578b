//! Deletes for good what was discarded 30 days ago.
//!
//! The key goes before the audio, so that what is left of a purge that was interrupted opens no more;
//! every step may be repeated, and the next sweep takes up what is not finished.

use chrono::TimeDelta;
use medrecord_common::ids::RecordingId;

use crate::audit::{self, Act, Who};
use crate::db;
use crate::state::App;

/// As long as on the workstation (design §6).
const TRASH: TimeDelta = TimeDelta::days(30);

impl App {
    /// Purges what is due by the server's clock, and says how many recordings that were.
    ///
    /// # Errors
    /// When the database or the object store does not answer; what was purged before stays so.
    pub async fn purge_discarded(&self) -> anyhow::Result<usize> {
        let due = db::purge::due(&self.pool, self.clock.now() - TRASH).await?;
        let mut purged = 0;
        for id in due {
            purged += usize::from(purge(self, id).await?);
        }
        Ok(purged)
    }
}

/// False when it was restored meanwhile.
async fn purge(app: &App, id: RecordingId) -> anyhow::Result<bool> {
    let now = app.clock.now();
    let mut tx = app.pool.begin().await?;
    let row = db::recording::lock(&mut *tx, id).await?;
    if row.is_none_or(|row| !row.is_discarded) {
        return Ok(false);
    }
    db::purge::delete_text(&mut tx, id, now).await?;
    super::stage::poke(app, &mut tx, id).await?;
    let nobody = Who { clinician: None, device: None };
    audit::record(&mut tx, now, nobody, Act::PurgeRecording, id).await?;
    tx.commit().await?;
    if let Some(key) = db::purge::key(&app.pool, id).await? {
        app.objects.destroy_key(key).await?;
    }
    app.objects.delete_audio(id).await?;
    db::purge::finish(&app.pool, id, now).await?;
    tracing::info!(recording.id = %id, "purged");
    Ok(true)
}
