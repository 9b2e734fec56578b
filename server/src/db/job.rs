//! The durable queue: claimed with `skip locked`, leased, fenced by the attempt's number.

use std::time::Duration;

use chrono::{DateTime, Utc};
use medrecord_common::ids::{ClinicianId, RecordingId};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::{number, signed};

/// A backlog of one recording is transcribed in lanes of so many segments; within a lane each
/// segment waits for the text before it. Only the head of a lane goes without.
pub(crate) const LANE: i32 = 16;

/// So many attempts (about sixteen hours) are a round: at its end a job is given up and a person has to look. Each time it
/// is revived it has a whole round, counted on: the number of an attempt fences and never comes twice.
pub(crate) const ROUND: i32 = 200;

/// The right to work on a job for a while.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) id: Uuid,
    pub(crate) attempt: i32,
    pub(crate) recording: RecordingId,
    /// Whose recording it is.
    pub(crate) clinician: ClinicianId,
    /// Segment of a transcribe job; none: draft.
    pub(crate) seq: Option<u32>,
}

/// Enqueues a job, once.
pub(crate) async fn insert(
    db: impl PgExecutor<'_>,
    recording: RecordingId,
    seq: Option<u32>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let kind = if seq.is_some() { "transcribe" } else { "draft" };
    sqlx::query!(
        "insert into job (id, kind, recording_id, seq, run_at, created_at)
         values ($1, $2, $3, $4, $5, $5) on conflict do nothing",
        Uuid::now_v7(),
        kind,
        recording.0,
        seq.map(signed::<i32, _>).transpose()?,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Lets a recording's jobs that were given up try again, those of one segment or all, and says how many: what they lacked
/// has come, or a person wants it.
pub(crate) async fn revive(
    db: impl PgExecutor<'_>,
    recording: RecordingId,
    seq: Option<u32>,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "update job set state = 'queued', attempt = (attempt + $4 - 1) / $4 * $4,
            run_at = $3, finished_at = null, error = null
         where recording_id = $1 and ($2::integer is null or seq = $2) and state = 'dead'",
        recording.0,
        seq.map(signed::<i32, _>).transpose()?,
        now,
        ROUND
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// The recordings whose jobs were given up; without those that are discarded, of which no job runs.
pub(crate) async fn given_up(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<RecordingId>> {
    let ids = sqlx::query_scalar!(
        "select distinct j.recording_id from job j join recording r on r.id = j.recording_id
         where j.state = 'dead' and r.discarded_at is null order by j.recording_id"
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().map(RecordingId).collect())
}

/// Enqueues a recording's draft, or once more when it was drafted before.
pub(crate) async fn draft(
    db: &mut sqlx::PgConnection,
    recording: RecordingId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    insert(&mut *db, recording, None, now).await?;
    draft_again(db, &[recording], now).await
}

/// Enqueues the drafts of recordings that were drafted before. One that runs looks again by itself.
pub(crate) async fn draft_again(
    db: &mut sqlx::PgConnection,
    recordings: &[RecordingId],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let recordings: Vec<_> = recordings.iter().map(|id| id.0).collect();
    sqlx::query!(
        "update job set state = 'queued', attempt = (attempt + $3 - 1) / $3 * $3, run_at = $2,
            finished_at = null, error = null
         where kind = 'draft' and state = 'done' and recording_id = any($1)",
        &recordings,
        now,
        ROUND
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes the next due job, or one whose lease ran out.
pub(crate) async fn claim(
    db: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    lease: Duration,
) -> sqlx::Result<Option<Claim>> {
    let row = sqlx::query!(
        r#"update job set state = 'running', attempt = attempt + 1, leased_until = $2
         where id = (
            select j.id from job j join recording r on r.id = j.recording_id
            where j.state in ('queued', 'running') and j.run_at <= $1
              and (j.state = 'queued' or j.leased_until < $1)
              and r.discarded_at is null
              and (j.seq is null or j.seq % $3 = 0 or not exists (
                select from job p where p.recording_id = j.recording_id
                    and p.kind = 'transcribe' and p.seq = j.seq - 1
                    and p.state in ('queued', 'running')))
            order by j.run_at, j.seq
            limit 1 for update of j skip locked)
         returning id, attempt, recording_id, seq,
            (select clinician_id from recording r where r.id = recording_id) as "clinician_id!""#,
        now,
        now + lease,
        LANE
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(Claim {
            id: row.id,
            attempt: row.attempt,
            recording: row.recording_id.into(),
            clinician: row.clinician_id.into(),
            seq: row.seq.map(number).transpose()?,
        })
    })
    .transpose()
}

/// Keeps the lease; false when the job is another's by now.
pub(crate) async fn extend(
    db: impl PgExecutor<'_>,
    claim: &Claim,
    until: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update job set leased_until = $3 where id = $1 and attempt = $2 and state = 'running'",
        claim.id,
        claim.attempt,
        until
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends a job as done; false when it is another's by now, and the transaction must not commit.
pub(crate) async fn finish(
    db: impl PgExecutor<'_>,
    claim: &Claim,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update job set state = 'done', leased_until = null, finished_at = $3, error = null
         where id = $1 and attempt = $2 and state = 'running'",
        claim.id,
        claim.attempt,
        now
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts a job back until `run_at`; false when it is another's by now.
pub(crate) async fn put_back(
    db: impl PgExecutor<'_>,
    claim: &Claim,
    run_at: DateTime<Utc>,
    error: Option<&str>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update job set state = 'queued', leased_until = null, run_at = $3, error = $4
         where id = $1 and attempt = $2 and state = 'running'",
        claim.id,
        claim.attempt,
        run_at,
        error
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives a job up; false when it is another's by now.
pub(crate) async fn bury(
    db: impl PgExecutor<'_>,
    claim: &Claim,
    now: DateTime<Utc>,
    error: &str,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "update job set state = 'dead', leased_until = null, finished_at = $3, error = $4
         where id = $1 and attempt = $2 and state = 'running'",
        claim.id,
        claim.attempt,
        now,
        error
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How far a recording's work is.
pub(crate) struct Progress {
    /// Segments with speech that have no text, and whose job did not give up.
    pub(crate) waiting: bool,
    /// A transcribe job gave up, and its segment has no text.
    pub(crate) segment_failed: bool,
    /// The draft job gave up.
    pub(crate) draft_failed: bool,
    /// Some segment has words.
    pub(crate) has_words: bool,
}

pub(crate) async fn progress(
    db: impl PgExecutor<'_>,
    recording: RecordingId,
) -> sqlx::Result<Progress> {
    sqlx::query_as!(
        Progress,
        r#"with textless as (
            select exists (select from job j where j.recording_id = s.recording_id
                and j.kind = 'transcribe' and j.seq = s.seq and j.state = 'dead') as dead
            from segment s where s.recording_id = $1 and s.speech > 0
              and not exists (select from segment_text t
                where t.recording_id = s.recording_id and t.seq = s.seq))
         select exists (select from textless where not dead) as "waiting!",
            exists (select from textless where dead) as "segment_failed!",
            exists (select from job where recording_id = $1 and kind = 'draft'
                and state = 'dead') as "draft_failed!",
            exists (select from segment_text where recording_id = $1 and text <> '')
                as "has_words!""#,
        recording.0
    )
    .fetch_one(db)
    .await
}

/// A job that failed so often in a row is one that somebody is told of.
const TROUBLE: i32 = 10;

/// Work that waits, for the health check. No job of a discarded recording runs, and nobody has to look after it.
pub(crate) struct Depth {
    pub(crate) waiting: i64,
    pub(crate) oldest_s: Option<i64>,
    /// In trouble for ten minutes or so: a key that is refused, an account that is empty, a provider that is down.
    pub(crate) failing: i64,
    pub(crate) dead: i64,
}

pub(crate) async fn depth(db: impl PgExecutor<'_>, now: DateTime<Utc>) -> sqlx::Result<Depth> {
    sqlx::query_as!(
        Depth,
        r#"select count(*) filter (where j.state in ('queued', 'running')) as "waiting!",
            extract(epoch from $1::timestamptz - min(j.run_at) filter (
                where j.state = 'queued' and j.run_at <= $1))::bigint as oldest_s,
            count(*) filter (where j.state <> 'dead' and j.error is not null
                and (j.attempt - 1) % $2 >= $3) as "failing!",
            count(*) filter (where j.state = 'dead') as "dead!"
         from job j join recording r on r.id = j.recording_id
         where j.state <> 'done' and r.discarded_at is null"#,
        now,
        ROUND,
        TROUBLE - 1
    )
    .fetch_one(db)
    .await
}
