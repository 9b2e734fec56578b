//! What is said of the same recordings over an outage of days.

use chrono::{DateTime, TimeDelta, Utc};
use medrecord_common::ids::RecordingId;
use medrecord_common::workstation::{LocalRecording, LocalState, Severity};

use super::{offline, server_trouble, set_aside};
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
    Trouble { text: text.to_owned(), needs_someone, update_required: false, since: began() }
}

#[test]
fn an_outage_says_why_how_many_wait_and_for_how_long() {
    let rows = [
        row(LocalState::Waiting, began() + TimeDelta::minutes(5)),
        row(LocalState::Waiting, began()),
        row(LocalState::Sent, began() - TimeDelta::days(9)),
    ];
    let no_network = trouble("There is no connection to the server.", false);
    for (after, words) in [
        (TimeDelta::minutes(9), "2 recordings wait"),
        (TimeDelta::minutes(12), "2 recordings wait, the oldest for 12 minutes"),
        (TimeDelta::minutes(61), "2 recordings wait, the oldest for an hour"),
        (TimeDelta::hours(23), "2 recordings wait, the oldest for 23 hours"),
        (TimeDelta::hours(47), "2 recordings wait, the oldest for a day"),
        (TimeDelta::days(12), "2 recordings wait, the oldest for 12 days"),
    ] {
        let said = offline(Some(&no_network), &rows, began() + after);
        let all = format!(
            "Offline. Everything is kept on this computer and is sent later by itself; {words}. There is no \
             connection to the server."
        );
        assert_eq!((said.text, said.severity), (all, Severity::Notice));
    }
}

#[test]
fn what_passes_by_itself_is_a_notice_and_what_needs_someone_a_warning() {
    let said = offline(Some(&trouble("Set the clock.", true)), &[], began());
    assert_eq!(said.severity, Severity::Warning);
    assert_eq!(said.text, "Not sending. What you record is kept on this computer. Set the clock.");
    let rows = [row(LocalState::Waiting, began())];
    let said = offline(Some(&trouble("Set the clock.", true)), &rows, began());
    assert_eq!(
        said.text,
        "Not sending. Everything is kept on this computer; 1 recording waits. Set the clock."
    );
    let said = offline(None, &[], began());
    assert_eq!(
        said.text,
        "Offline. What you record is kept on this computer and is sent later by itself."
    );
}

#[test]
fn a_server_that_fails_for_a_moment_is_not_worth_a_line() {
    let busy = trouble("The server is busy.", false);
    let rows = [row(LocalState::Waiting, began())];
    let after = |seconds| server_trouble(Some(&busy), &rows, began() + TimeDelta::seconds(seconds));
    assert_eq!(after(59), None);
    assert_eq!(
        after(60).unwrap().text,
        "Everything is kept on this computer and is sent later by itself; 1 recording waits. The server is busy."
    );
    assert_eq!(server_trouble(Some(&busy), &[], began() + TimeDelta::hours(1)), None);
}

#[test]
fn recordings_that_could_not_be_sent_are_one_line_and_lost_ones_another() {
    let wedged = |has_audio| LocalRecording { has_audio, ..row(LocalState::Wedged, began()) };
    let said = |rows: &[LocalRecording]| {
        set_aside(rows).into_iter().map(|it| (it.code, it.text)).collect::<Vec<_>>()
    };
    assert!(said(&[row(LocalState::Waiting, began())]).is_empty());
    let one = "1 recording could not be sent. It is kept on this computer; the list says why and what to do.";
    assert_eq!(said(&[wedged(true)]), [("recording_wedged".to_owned(), one.to_owned())]);
    let two = "2 recordings could not be sent. They are kept on this computer; the list says why and what to do.";
    let lost = "The server lost 1 recording that is no longer on this computer. The list says which and what to do.";
    assert_eq!(
        said(&[wedged(true), wedged(false), wedged(true)]),
        [
            ("recording_wedged".to_owned(), two.to_owned()),
            ("recording_lost".to_owned(), lost.to_owned())
        ]
    );
}
