//! Recordings that nobody thinks of any more: a nudge after minutes without speech, an end after hours.
//!
//! Pure: it is told where the recording's clock stands and when somebody spoke last, in samples.

use medrecord_common::audio::SAMPLE_RATE;
use medrecord_common::workstation::{Severity, Warning};

/// So long without speech (5 minutes) is a reason to ask.
const NUDGE_SAMPLES: u64 = 5 * MINUTE;
const MINUTE: u64 = 60 * SAMPLE_RATE as u64;

/// Knows when a recording is too long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Forgotten {
    cap_samples: Option<u64>,
}

impl Forgotten {
    /// Ends a recording after so many minutes; none: never.
    pub(super) fn with_cap(minutes: Option<u32>) -> Self {
        Self { cap_samples: minutes.map(|minutes| u64::from(minutes) * MINUTE) }
    }

    pub(super) fn is_over(&self, clock: u64) -> bool {
        self.cap_samples.is_some_and(|cap| clock >= cap)
    }

    /// What the screen says while nobody speaks.
    pub(super) fn nudge(clock: u64, last_speech: u64) -> Option<Warning> {
        let silent = clock.saturating_sub(last_speech);
        (silent >= NUDGE_SAMPLES).then(|| Warning {
            severity: Severity::Warning,
            code: "no_speech".to_owned(),
            text: format!(
                "Recording goes on and everything is kept, but nobody has spoken for {} minutes. \
                 If you are done, press Stop.",
                silent / MINUTE
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Forgotten, MINUTE};

    #[test]
    fn five_minutes_without_speech_are_a_reason_to_ask_and_a_word_ends_it() {
        assert_eq!(Forgotten::nudge(5 * MINUTE - 1, 0), None);
        let nudge = Forgotten::nudge(5 * MINUTE, 0).unwrap();
        assert_eq!(nudge.code, "no_speech");
        assert!(Forgotten::nudge(17 * MINUTE, 0).unwrap().text.contains("17 minutes"));
        assert_eq!(Forgotten::nudge(17 * MINUTE, 16 * MINUTE), None);
    }

    #[test]
    fn it_ends_at_the_cap_or_never() {
        let four_hours = Forgotten::with_cap(Some(240));
        assert!(!four_hours.is_over(240 * MINUTE - 1));
        assert!(four_hours.is_over(240 * MINUTE));
        assert!(!Forgotten::with_cap(None).is_over(u64::MAX));
    }
}
