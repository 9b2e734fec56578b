//! What is said while recordings wait for the server: why, how many, and how long the oldest of them has waited.

use chrono::{DateTime, TimeDelta, Utc};
use medrecord_common::workstation::{LocalRecording, LocalState, Severity, Warning};

use super::state::warning;
use crate::sync::Trouble;

/// A server that answers, and fails, may do so for this long before anything is said.
const PATIENCE: TimeDelta = TimeDelta::minutes(1);
/// What waits for less is as it should be.
const NOT_LONG: TimeDelta = TimeDelta::minutes(10);

pub(super) fn offline(
    trouble: Option<&Trouble>,
    today: &[LocalRecording],
    now: DateTime<Utc>,
) -> Warning {
    let waiting = waiting(today, now);
    let kept = match &waiting {
        Some(waiting) => format!("Everything is kept on this computer; {waiting}."),
        None => {
            "Your recordings are kept on this computer and will be sent when the server is back."
                .to_owned()
        }
    };
    match trouble {
        None => warning(Severity::Notice, "offline", &format!("Offline. {kept}")),
        Some(trouble) => {
            let severity = if trouble.needs_someone { Severity::Warning } else { Severity::Notice };
            warning(severity, "offline", &format!("Offline. {} {kept}", trouble.text))
        }
    }
}

/// Of a server that answers.
pub(super) fn server_trouble(
    trouble: Option<&Trouble>,
    today: &[LocalRecording],
    now: DateTime<Utc>,
) -> Option<Warning> {
    let trouble = trouble.filter(|trouble| now - trouble.since >= PATIENCE)?;
    let waiting = waiting(today, now)?;
    let text = format!(
        "{} Everything is kept on this computer and is tried again; {waiting}.",
        trouble.text
    );
    Some(warning(Severity::Notice, "server_trouble", &text))
}

/// How many, and for how long; none when nothing waits.
fn waiting(today: &[LocalRecording], now: DateTime<Utc>) -> Option<String> {
    let waiting: Vec<_> = today.iter().filter(|row| row.state == LocalState::Waiting).collect();
    let oldest = waiting.iter().map(|row| row.started_at).min()?;
    let count = match waiting.len() {
        1 => "1 recording waits".to_owned(),
        n => format!("{n} recordings wait"),
    };
    let age = now - oldest;
    if age < NOT_LONG {
        return Some(count);
    }
    let (days, hours, minutes) = (age.num_days(), age.num_hours(), age.num_minutes());
    let age = match (days, hours) {
        (0, 0) => format!("{minutes} minutes"),
        (0, 1) => "an hour".to_owned(),
        (0, hours) => format!("{hours} hours"),
        (1, _) => "a day".to_owned(),
        (days, _) => format!("{days} days"),
    };
    Some(format!("{count}, the oldest for {age}"))
}

#[cfg(test)]
mod tests;
