//! What the operator's monitoring reads: numbers of the whole installation and of this process, never of a person.

mod requests;

use chrono::{DateTime, Utc};
use prometheus_client::encoding::text;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

pub(crate) use self::requests::Requests;
use crate::backup::Backup;
use crate::db;
use crate::db::metrics::{DeviceCounts, JobCounts};
use crate::state::App;

/// All of it in OpenMetrics' text format.
pub(crate) async fn scrape(app: &App) -> anyhow::Result<String> {
    let now = app.clock.now();
    let mut registry = Registry::with_prefix("medrecord");
    devices(&mut registry, &db::metrics::devices(&app.pool, now).await?, now);
    jobs(&mut registry, &db::metrics::jobs(&app.pool, now).await?, now);
    failing(&mut registry, db::metrics::failing(&app.pool).await?);
    if let Some(file) = &app.config.backup_status_file {
        backup(&mut registry, &Backup::read(file), now);
    }
    disk(&mut registry, app);
    app.requests.register(&mut registry);
    let mut answer = String::new();
    text::encode(&mut answer, &registry)?;
    Ok(answer)
}

fn devices(registry: &mut Registry, devices: &DeviceCounts, now: DateTime<Utc>) {
    let by_seen = [
        ("5m", devices.seen_5m),
        ("1h", devices.seen_1h),
        ("older", devices.older),
        ("revoked", devices.revoked),
    ];
    labelled(registry, "devices", "Workstations by when they were last heard of", "seen", by_seen);
    gauge(
        registry,
        "recordings_waiting",
        "Finished recordings on workstations that are not wholly here",
        devices.waiting,
    );
    gauge(
        registry,
        "oldest_waiting_recording_seconds",
        "Age of the oldest of them; 0 when none waits",
        age(devices.oldest_waiting_at, now),
    );
    gauge(
        registry,
        "recordings_wedged",
        "Recordings on workstations that were refused and wait for a person",
        devices.wedged,
    );
}

fn jobs(registry: &mut Registry, jobs: &JobCounts, now: DateTime<Utc>) {
    let by_state = [("queued", jobs.queued), ("running", jobs.running), ("dead", jobs.dead)];
    labelled(registry, "jobs", "Jobs that are not done, by state", "state", by_state);
    gauge(
        registry,
        "oldest_due_job_seconds",
        "For how long the oldest due job has been due; 0 when none is",
        age(jobs.oldest_due_at, now),
    );
}

/// Codes are ours and stable; a provider's own words are never among them.
fn failing(registry: &mut Registry, failing: Vec<(String, i64)>) {
    let help = "Jobs that failed at their last attempt and are not done, by the error's code";
    labelled(registry, "jobs_failing", help, "code", failing);
}

fn backup(registry: &mut Registry, backup: &Backup, now: DateTime<Utc>) {
    let help = "Age of what the backup's status file names; absent when it names none";
    let ages = [
        ("backup", backup.last_backup),
        ("off_site", backup.last_off_site),
        ("drill", backup.last_drill),
    ];
    let ages = ages.into_iter().filter_map(|(what, at)| Some((what, age(Some(at?), now))));
    labelled(registry, "backup_age_seconds", help, "what", ages);
}

/// Of the folder with the audio; other stores have no end.
fn disk(registry: &mut Registry, app: &App) {
    let Some(folder) = app.config.audio.folder() else { return };
    let sizes = [("free", fs4::available_space(folder)), ("all", fs4::total_space(folder))];
    let sizes = sizes.into_iter().filter_map(|(what, bytes)| Some((what, bytes.ok()? as i64)));
    labelled(registry, "disk_bytes", "The file system with the audio", "what", sizes);
}

fn age(since: Option<DateTime<Utc>>, now: DateTime<Utc>) -> i64 {
    since.map_or(0, |at| (now - at).num_seconds().max(0))
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: i64) {
    let gauge = Gauge::<i64>::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

fn labelled<L: Into<String>>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    label: &str,
    values: impl IntoIterator<Item = (L, i64)>,
) {
    let family = Family::<Vec<(String, String)>, Gauge>::default();
    for (value, number) in values {
        family.get_or_create(&vec![(label.to_owned(), value.into())]).set(number);
    }
    registry.register(name, help, family);
}
