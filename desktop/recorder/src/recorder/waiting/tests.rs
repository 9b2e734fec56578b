//! What is said of the same recordings over an outage of days.

use chrono::{DateTime, TimeDelta, Utc};
use medrecord_common::ids::RecordingId;
use medrecord_common::workstation::{LocalRecording, LocalState, Severity};

use super::{offline, server_trouble};
use crate::sync::Trouble;

fn began() -> DateTime<Utc> {
    "2026-11-24T09:00:00Z".parse().unwrap()
}

fn row(state: LocalState, started_at: DateTime<Utc>) -> LocalRecording {
    LocalRecording {
        id: RecordingId::new(),
        started_at,
        patient: None,
        duration_ms: 1_000,
        state,
        recovered: false,
        segments: 1,
        segments_sent: 0,
        note: None,
        note_text: None,
        reason: None,
        consent: None,
        continues: None,
        replaces: None,
        trimmed_ms: None,
        last_speech_ms: 0,
        has_audio: true,
        original: None,
    }
}

fn trouble(text: &str, needs_someone: bool) -> Trouble {
    Trouble { text: text.to_owned(), needs_someone, since: began() }
}

#[test]
fn an_outage_says_why_how_many_wait_and_for_how_long() {
    let rows = [
        row(LocalState::Waiting, began() + TimeDelta::minutes(5)),
        row(LocalState::Waiting, began()),
        row(LocalState::Sent, began() - TimeDelta::days(9)),
    ];
    let no_network = trouble("The server cannot be reached (no connection).", false);
    for (after, words) in [
        (TimeDelta::minutes(9), "2 recordings wait."),
        (TimeDelta::minutes(12), "2 recordings wait, the oldest for 12 minutes."),
        (TimeDelta::minutes(61), "2 recordings wait, the oldest for an hour."),
        (TimeDelta::hours(23), "2 recordings wait, the oldest for 23 hours."),
        (TimeDelta::hours(47), "2 recordings wait, the oldest for a day."),
        (TimeDelta::days(12), "2 recordings wait, the oldest for 12 days."),
    ] {
        let said = offline(Some(&no_network), &rows, began() + after);
        let all = format!(
            "Offline. The server cannot be reached (no connection). Everything is kept on this computer; {words}"
        );
        assert_eq!((said.text, said.severity), (all, Severity::Notice));
    }
}

#[test]
fn what_passes_by_itself_is_a_notice_and_what_needs_someone_a_warning() {
    let said = offline(Some(&trouble("Set the clock.", true)), &[], began());
    assert_eq!(said.severity, Severity::Warning);
    assert_eq!(
        said.text,
        "Offline. Set the clock. Your recordings are kept on this computer and will be sent when the server is back."
    );
    let said = offline(None, &[row(LocalState::Waiting, began())], began());
    assert_eq!(said.text, "Offline. Everything is kept on this computer; 1 recording waits.");
}

#[test]
fn a_server_that_fails_for_a_moment_is_not_worth_a_line() {
    let busy = trouble("The server is busy.", false);
    let rows = [row(LocalState::Waiting, began())];
    let after = |seconds| server_trouble(Some(&busy), &rows, began() + TimeDelta::seconds(seconds));
    assert_eq!(after(59), None);
    assert_eq!(
        after(60).unwrap().text,
        "The server is busy. Everything is kept on this computer and is tried again; 1 recording waits."
    );
    assert_eq!(server_trouble(Some(&busy), &[], began() + TimeDelta::hours(1)), None);
}
