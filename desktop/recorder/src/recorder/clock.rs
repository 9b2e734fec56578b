//! What is said of a clock that is wrong. Nothing is ordered or deleted by it once the server has answered.

use chrono::TimeDelta;
use medrecord_common::workstation::{Severity, Warning};

use super::state::warning;

/// An answer's time has whole seconds, and it takes a while; a clock that is off by less disturbs nobody.
const TOLERANCE: TimeDelta = TimeDelta::minutes(2);

/// For a clock that the server's is ahead of by `skew`.
pub(super) fn warnings(skew: TimeDelta) -> Option<Warning> {
    if skew.abs() < TOLERANCE {
        return None;
    }
    let way = if skew > TimeDelta::zero() { "slow" } else { "fast" };
    let text = format!(
        "Recordings are safe, but this computer's clock is {} {way} and the times beside them are wrong. Set it right.",
        human(skew.abs())
    );
    Some(warning(Severity::Notice, "clock_wrong", &text))
}

/// `5 minutes`, `3 hours`, `2 days`: the largest unit that has two of it.
fn human(time: TimeDelta) -> String {
    match (time.num_days(), time.num_hours(), time.num_minutes()) {
        (days @ 2.., ..) => format!("{days} days"),
        (_, hours @ 2.., _) => format!("{hours} hours"),
        (.., minutes) => format!("{minutes} minutes"),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::warnings;

    #[test]
    fn a_clock_that_is_off_is_said_in_words_and_seconds_are_not() {
        assert_eq!(warnings(TimeDelta::seconds(-119)), None);
        let said = |skew| warnings(skew).unwrap().text;
        assert!(said(TimeDelta::minutes(90)).contains("clock is 90 minutes slow and"));
        assert!(said(TimeDelta::hours(-26)).contains("clock is 26 hours fast and"));
        assert!(said(TimeDelta::days(3_650)).contains("clock is 3650 days slow and"));
    }
}
