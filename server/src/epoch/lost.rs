//! After a restore: which objects are gone whose rows are there. Workstations are asked for them again.

use chrono::TimeDelta;
use medrecord_common::ids::RecordingId;

use crate::db;
use crate::objects::SegmentName;
use crate::state::App;

/// Longer than workstations keep audio after the receipt (7 days): what is older nobody could send again.
const WINDOW: TimeDelta = TimeDelta::days(14);

/// Marks every recent segment whose object or key is not there.
pub(super) async fn mark(app: &App) -> anyhow::Result<()> {
    let since = app.clock.now() - WINDOW;
    let mut lost = 0;
    for id in db::segment::recordings_since(&app.pool, since).await? {
        lost += look_at(app, id).await?;
    }
    if lost > 0 {
        tracing::warn!(lost, "segments without their objects; workstations are asked for them");
    }
    Ok(())
}

async fn look_at(app: &App, id: RecordingId) -> anyhow::Result<usize> {
    let Some(key) = db::recording_key::find(&app.pool, id).await? else { return Ok(0) };
    let segments = db::segment::list(&app.pool, id).await?;
    let mut missing = Vec::new();
    if app.objects.has_key(key).await? {
        for segment in segments {
            let name = SegmentName { recording: id, seq: segment.seq, digest: segment.digest };
            if !app.objects.has(name).await? {
                missing.push(segment.seq);
            }
        }
    } else {
        // What it sealed opens no more, there or not.
        let key = app.objects.make_key().await?;
        db::recording_key::replace(&app.pool, id, key).await?;
        missing.extend(segments.iter().map(|segment| segment.seq));
    }
    db::segment::set_missing(&app.pool, id, &missing, app.clock.now()).await?;
    Ok(missing.len())
}
