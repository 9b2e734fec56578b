//! `GET /metrics`, in Prometheus' text format: numbers of the whole installation, never of a person.
//!
//! There only when METRICS_TOKEN is set, and only for who sends it as a bearer token. Not by address: behind a proxy
//! on the same machine everyone comes from there.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret as _;

use super::ApiResult;
use super::error::ApiError;
use super::identity::bearer;
use crate::auth::Secret;
use crate::db;
use crate::db::metrics::{DeviceCounts, JobCounts};
use crate::state::App;

/// Prometheus' exposition format 0.0.4.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) async fn get(
    State(app): State<App>,
    headers: HeaderMap,
) -> ApiResult<([(HeaderName, &'static str); 1], String)> {
    let wanted = app.config.metrics_token.as_ref().ok_or(ApiError::NotFound)?;
    let sent = bearer(&headers).ok_or(ApiError::Unauthenticated)?;
    // Hashes are compared: how much of a guess is right shows in no time that could be measured.
    if Secret::of(sent).hash() != Secret::of(wanted.expose_secret()).hash() {
        return Err(ApiError::Unauthenticated);
    }
    let now = app.clock.now();
    let devices = db::metrics::devices(&app.pool, now).await?;
    let jobs = db::metrics::jobs(&app.pool, now).await?;
    Ok(([(header::CONTENT_TYPE, TEXT)], render(&devices, &jobs, now)))
}

/// A gauge: its name, what it is, and its values by label (empty: without).
type Gauge<'a> = (&'a str, &'a str, &'a [(&'a str, i64)]);

fn render(devices: &DeviceCounts, jobs: &JobCounts, now: DateTime<Utc>) -> String {
    let age = |since: Option<DateTime<Utc>>| since.map_or(0, |at| (now - at).num_seconds().max(0));
    let gauges: [Gauge<'_>; 6] = [
        (
            "medrecord_devices",
            "Workstations by when they were last heard of.",
            &[
                (r#"{seen="5m"}"#, devices.seen_5m),
                (r#"{seen="1h"}"#, devices.seen_1h),
                (r#"{seen="older"}"#, devices.older),
                (r#"{seen="revoked"}"#, devices.revoked),
            ],
        ),
        (
            "medrecord_recordings_waiting",
            "Finished recordings on workstations that are not wholly here.",
            &[("", devices.waiting)],
        ),
        (
            "medrecord_oldest_waiting_recording_seconds",
            "Age of the oldest of them; 0 when none waits.",
            &[("", age(devices.oldest_waiting_at))],
        ),
        (
            "medrecord_recordings_wedged",
            "Recordings on workstations that were refused and wait for a person.",
            &[("", devices.wedged)],
        ),
        (
            "medrecord_jobs",
            "Jobs that are not done, by state.",
            &[
                (r#"{state="queued"}"#, jobs.queued),
                (r#"{state="running"}"#, jobs.running),
                (r#"{state="dead"}"#, jobs.dead),
            ],
        ),
        (
            "medrecord_oldest_due_job_seconds",
            "For how long the oldest due job has been due; 0 when none is.",
            &[("", age(jobs.oldest_due_at))],
        ),
    ];
    let mut text = String::new();
    for (name, help, values) in gauges {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in values {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    }
    text
}
