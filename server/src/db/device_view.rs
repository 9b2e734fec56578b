//! Workstations as people see them: a clinician what is theirs, an admin all.

use chrono::{DateTime, Utc};
use medrecord_common::device::{Device, LastReport};
use medrecord_common::ids::{ClinicianId, DeviceId};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::number;

/// Newest first, below `before`; those that hold or held a credential of `whose` (none: all), and of each only what
/// concerns that clinician.
pub(crate) async fn page(
    db: impl PgExecutor<'_>,
    whose: Option<ClinicianId>,
    before: Option<DeviceId>,
    limit: i64,
) -> sqlx::Result<Vec<Device>> {
    load(db, whose, None, before, limit).await
}

/// One of [`page`].
pub(crate) async fn find(
    db: impl PgExecutor<'_>,
    id: DeviceId,
    whose: Option<ClinicianId>,
) -> sqlx::Result<Option<Device>> {
    Ok(load(db, whose, Some(id), None, 1).await?.pop())
}

async fn load(
    db: impl PgExecutor<'_>,
    whose: Option<ClinicianId>,
    id: Option<DeviceId>,
    before: Option<DeviceId>,
    limit: i64,
) -> sqlx::Result<Vec<Device>> {
    let rows = sqlx::query_as!(
        ViewRow,
        r#"select d.id, d.name, d.platform, d.version, d.enrolled_at, d.last_seen_at,
            coalesce(k.holders, k.all_clinicians, '{}') as "clinicians!",
            case when k.holders is null then k.ended_at end as revoked_at,
            r.at as "reported_at?", r.waiting as "waiting?", r.oldest_waiting_at,
            r.wedged as "wedged?", r.clock_skew_s as "clock_skew_s?"
         from device d
         cross join lateral (
            select count(*) as credentials,
                array_agg(distinct c.name)
                    filter (where k.revoked_at is null and c.disabled_at is null) as holders,
                array_agg(distinct c.name) as all_clinicians,
                max(coalesce(k.revoked_at, c.disabled_at)) as ended_at
            from credential k join clinician c on c.id = k.clinician_id
            where k.device_id = d.id and ($1::uuid is null or k.clinician_id = $1)) k
         left join lateral (
            select max(at) as at, sum(waiting) as waiting, sum(wedged) as wedged,
                min(oldest_waiting_at) as oldest_waiting_at,
                (array_agg(clock_skew_s order by at desc))[1] as clock_skew_s
            from device_report
            where device_id = d.id and ($1::uuid is null or clinician_id = $1)) r on true
         where k.credentials > 0 and ($2::uuid is null or d.id = $2)
           and ($3::uuid is null or d.id < $3)
           and ($1::uuid is null or d.id in (select device_id from credential where clinician_id = $1))
         order by d.id desc limit $4"#,
        whose.map(|id| id.0),
        id.map(|id| id.0),
        before.map(|id| id.0),
        limit
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(ViewRow::into_device).collect()
}

struct ViewRow {
    id: Uuid,
    name: String,
    platform: String,
    version: String,
    clinicians: Vec<String>,
    enrolled_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
    reported_at: Option<DateTime<Utc>>,
    waiting: Option<i64>,
    oldest_waiting_at: Option<DateTime<Utc>>,
    wedged: Option<i64>,
    clock_skew_s: Option<i32>,
}

impl ViewRow {
    fn into_device(self) -> sqlx::Result<Device> {
        let report = match self.reported_at {
            None => None,
            Some(at) => Some(LastReport {
                at,
                waiting: number(self.waiting.unwrap_or_default())?,
                oldest_waiting_at: self.oldest_waiting_at,
                wedged: number(self.wedged.unwrap_or_default())?,
                clock_skew_s: self.clock_skew_s.unwrap_or_default(),
            }),
        };
        Ok(Device {
            id: self.id.into(),
            name: self.name,
            platform: self.platform,
            version: self.version,
            clinicians: self.clinicians,
            enrolled_at: self.enrolled_at,
            last_seen_at: self.last_seen_at,
            revoked_at: self.revoked_at,
            report,
        })
    }
}
