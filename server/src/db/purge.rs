//! Rows of recordings that were discarded long ago.

use chrono::{DateTime, Utc};
use medrecord_common::ids::{NoteId, RecordingId};
use sqlx::{PgConnection, PgExecutor};

/// Recordings discarded at this time or before, and not purged yet. What a signed note rests on stays.
pub(crate) async fn due(
    db: impl PgExecutor<'_>,
    discarded_before: DateTime<Utc>,
) -> sqlx::Result<Vec<RecordingId>> {
    let ids = sqlx::query_scalar!(
        "select id from recording r where discarded_at <= $1 and purged_at is null
           and not exists (select from note_recording nr join note n on n.id = nr.note_id
             where nr.recording_id = r.id and n.state = 'signed')
         order by discarded_at limit 1000",
        discarded_before
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().map(RecordingId).collect())
}

/// Whether it is purged.
pub(crate) async fn is_purged(db: impl PgExecutor<'_>, id: RecordingId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select purged_at is not null as "purged!" from recording where id = $1"#,
        id.0
    )
    .fetch_one(db)
    .await
}

/// Allows this transaction to delete versions of notes.
pub(crate) async fn permit(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query_scalar!("select set_config('medrecord.purging', 'on', true)").fetch_one(db).await?;
    Ok(())
}

/// Deletes text, jobs and the unsigned note of a recording, and marks its key as destroyed. Of a note that
/// rests on other recordings too, the current version stays if a person wrote it; earlier ones with text of
/// this recording go.
pub(crate) async fn delete_text(
    db: &mut PgConnection,
    id: RecordingId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let notes = sqlx::query_scalar!(
        "select n.id from note n join note_recording nr on nr.note_id = n.id
         join note_version v on v.note_id = n.id and v.version = n.version
         where nr.recording_id = $1 and n.state <> 'signed'
           and (v.author_id is null or not exists (
             select from note_recording o join recording r on r.id = o.recording_id
             where o.note_id = n.id and r.discarded_at is null))",
        id.0
    )
    .fetch_all(&mut *db)
    .await?;
    let notes: Vec<_> = notes.into_iter().map(NoteId).collect();
    super::note::delete(&mut *db, &notes).await?;
    permit(&mut *db).await?;
    sqlx::query!(
        "delete from note_version v using note n, recording r
         where r.id = $1 and n.clinician_id = r.clinician_id and v.note_id = n.id
           and v.version <> n.version
           and jsonb_path_exists(v.content, '$.sections[*].sentences[*].evidence[*] ? (@.recording == $id)',
             jsonb_build_object('id', $1::uuid))",
        id.0
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!("delete from segment_text where recording_id = $1", id.0)
        .execute(&mut *db)
        .await?;
    sqlx::query!("delete from job where recording_id = $1", id.0).execute(&mut *db).await?;
    sqlx::query!(
        "update recording_key set destroyed_at = coalesce(destroyed_at, $2)
         where recording_id = $1",
        id.0,
        now
    )
    .execute(&mut *db)
    .await?;
    Ok(())
}

/// The key's name, also after it was marked as destroyed: its object may still have to be deleted.
pub(crate) async fn key(
    db: impl PgExecutor<'_>,
    id: RecordingId,
) -> sqlx::Result<Option<uuid::Uuid>> {
    sqlx::query_scalar!("select key_id from recording_key where recording_id = $1", id.0)
        .fetch_optional(db)
        .await
}

/// All of it is gone.
pub(crate) async fn finish(
    db: impl PgExecutor<'_>,
    id: RecordingId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!("update recording set purged_at = $2 where id = $1", id.0, now)
        .execute(db)
        .await?;
    Ok(())
}
