//! What is said while recordings wait for the server, or for a person: why, how many, and how long the oldest of them
//! has waited.

use chrono::{DateTime, TimeDelta, Utc};
use medrecord_common::workstation::{LocalRecording, LocalState, Severity, Warning};

use super::state::warning;
use crate::sync::Trouble;

/// A server that answers, and fails, may do so for this long before anything is said.
const PATIENCE: TimeDelta = TimeDelta::minutes(1);
/// What waits for less is as it should be.
const NOT_LONG: TimeDelta = TimeDelta::minutes(10);

/// The warning's code when the next version has to be installed before anything is sent: the window offers that beside it.
pub const UPDATE_REQUIRED: &str = "update_required";

/// Of a server that is not heard, or to which nothing can be sent.
pub(super) fn offline(
    trouble: Option<&Trouble>,
    today: &[LocalRecording],
    now: DateTime<Utc>,
) -> Warning {
    match trouble {
        Some(trouble) if trouble.needs_someone => {
            let kept = kept("", waiting(today, now));
            let text = format!("Not sending. {kept} {}", trouble.text);
            let code = if trouble.update_required { UPDATE_REQUIRED } else { "offline" };
            warning(Severity::Warning, code, &text)
        }
        _ => {
            let kept = kept(BY_ITSELF, waiting(today, now));
            let why = trouble.map_or_else(String::new, |trouble| format!(" {}", trouble.text));
            warning(Severity::Notice, "offline", &format!("Offline. {kept}{why}"))
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
    let text = format!("{} {}", kept(BY_ITSELF, Some(waiting)), trouble.text);
    Some(warning(Severity::Notice, "server_trouble", &text))
}

const BY_ITSELF: &str = " and is sent later by itself";

/// First what is safe.
fn kept(and: &str, waiting: Option<String>) -> String {
    match waiting {
        Some(waiting) => format!("Everything is kept on this computer{and}; {waiting}."),
        None => format!("What you record is kept on this computer{and}."),
    }
}

/// Of those that wait for a person. What is wrong with each stands beside it in the list.
pub(super) fn set_aside(today: &[LocalRecording]) -> Vec<Warning> {
    let count = |has_audio| {
        let is_such =
            |row: &&LocalRecording| row.state == LocalState::Wedged && row.has_audio == has_audio;
        today.iter().filter(is_such).count()
    };
    let recordings = |n| if n == 1 { "1 recording".to_owned() } else { format!("{n} recordings") };
    let mut warnings = Vec::new();
    if let kept @ 1.. = count(true) {
        let they_are = if kept == 1 { "It is" } else { "They are" };
        let text = format!(
            "{} could not be sent. {they_are} kept on this computer; the list says why and what to do.",
            recordings(kept)
        );
        warnings.push(warning(Severity::Warning, "recording_wedged", &text));
    }
    if let lost @ 1.. = count(false) {
        let that_are = if lost == 1 { "that is" } else { "that are" };
        let text = format!(
            "The server lost {} {that_are} no longer on this computer. The list says which and what to do.",
            recordings(lost)
        );
        warnings.push(warning(Severity::Warning, "recording_lost", &text));
    }
    warnings
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
