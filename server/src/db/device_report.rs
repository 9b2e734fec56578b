//! What workstations tell of themselves; the last report counts.

use chrono::{DateTime, TimeDelta, Utc};
use medrecord_common::device::DeviceReport;
use medrecord_common::ids::{ClinicianId, DeviceId};
use sqlx::PgExecutor;

use super::signed;

/// In the place of the report before.
pub(crate) async fn replace(
    db: impl PgExecutor<'_>,
    device: DeviceId,
    clinician: ClinicianId,
    report: &DeviceReport,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let age = report.oldest_waiting_s.map(|seconds| TimeDelta::seconds(seconds.into()));
    sqlx::query!(
        "insert into device_report
            (device_id, clinician_id, at, waiting, oldest_waiting_at, wedged, clock_skew_s)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (device_id, clinician_id) do update
         set at = $3, waiting = $4, oldest_waiting_at = $5, wedged = $6, clock_skew_s = $7",
        device.0,
        clinician.0,
        now,
        signed::<i32, _>(report.waiting)?,
        age.map(|age| now - age),
        signed::<i32, _>(report.wedged)?,
        report.clock_skew_s
    )
    .execute(db)
    .await?;
    Ok(())
}
