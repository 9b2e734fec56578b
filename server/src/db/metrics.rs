//! What the operator's monitoring counts: never who or whose.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

/// Workstations that may send, by when they were last heard of; and what waits on them.
pub(crate) struct DeviceCounts {
    /// Within 5 minutes.
    pub(crate) seen_5m: i64,
    /// Within the hour, and not within 5 minutes.
    pub(crate) seen_1h: i64,
    pub(crate) older: i64,
    pub(crate) revoked: i64,
    pub(crate) waiting: i64,
    pub(crate) wedged: i64,
    pub(crate) oldest_waiting_at: Option<DateTime<Utc>>,
}

/// The queue, without what is left in it of discarded recordings.
pub(crate) struct JobCounts {
    pub(crate) queued: i64,
    pub(crate) running: i64,
    pub(crate) dead: i64,
    /// Since when the job that has been due for longest is due.
    pub(crate) oldest_due_at: Option<DateTime<Utc>>,
}

pub(crate) async fn devices(
    db: impl PgExecutor<'_>,
    now: DateTime<Utc>,
) -> sqlx::Result<DeviceCounts> {
    sqlx::query_as!(
        DeviceCounts,
        r#"with device as (
            select d.id, d.last_seen_at, exists (
                select from credential k join clinician c on c.id = k.clinician_id
                where k.device_id = d.id and k.revoked_at is null and c.disabled_at is null)
                as holds
            from device d),
         report as (
            select r.* from device_report r join device d on d.id = r.device_id and d.holds)
         select
            count(*) filter (where holds and last_seen_at > $1::timestamptz - interval '5 minutes')
                as "seen_5m!",
            count(*) filter (where holds and last_seen_at <= $1::timestamptz - interval '5 minutes'
                and last_seen_at > $1::timestamptz - interval '1 hour') as "seen_1h!",
            count(*) filter (where holds and last_seen_at <= $1::timestamptz - interval '1 hour')
                as "older!",
            count(*) filter (where not holds) as "revoked!",
            (select coalesce(sum(waiting), 0) from report) as "waiting!",
            (select coalesce(sum(wedged), 0) from report) as "wedged!",
            (select min(oldest_waiting_at) from report) as oldest_waiting_at
         from device"#,
        now
    )
    .fetch_one(db)
    .await
}

pub(crate) async fn jobs(db: impl PgExecutor<'_>, now: DateTime<Utc>) -> sqlx::Result<JobCounts> {
    sqlx::query_as!(
        JobCounts,
        r#"select count(*) filter (where j.state = 'queued') as "queued!",
            count(*) filter (where j.state = 'running') as "running!",
            count(*) filter (where j.state = 'dead') as "dead!",
            min(j.run_at) filter (where j.state = 'queued' and j.run_at <= $1) as oldest_due_at
         from job j join recording r on r.id = j.recording_id
         where j.state <> 'done' and r.discarded_at is null"#,
        now
    )
    .fetch_one(db)
    .await
}

/// Jobs whose last attempt failed and that are not done, by the error's code.
pub(crate) async fn failing(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<(String, i64)>> {
    let rows = sqlx::query!(
        r#"select j.error as "error!", count(*) as "jobs!"
         from job j join recording r on r.id = j.recording_id
         where j.state <> 'done' and j.error is not null and r.discarded_at is null
         group by j.error order by j.error"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.error, row.jobs)).collect())
}
