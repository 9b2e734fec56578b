//! What a person can hand to support: one text, that anyone can read before it is sent, without a word
//! about any patient.

use std::collections::HashSet;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use medrecord_common::workstation::Workstation;

use super::{Recorder, RecorderError};
use crate::logging;
use crate::outbox::{PatientTexts, Report};

/// About a week of a busy workstation.
const LINES: usize = 5_000;
/// So many words in a row that also stand in a note were copied from it.
const RUN: usize = 4;
/// Shorter parts of a name stand in every log.
const SHORTEST_NAME: usize = 3;

impl Recorder {
    /// The state in numbers and codes, and the newest lines of the log. What might be patient text is
    /// left out, and said so: every line is held against all names, numbers and notes in the outbox.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub fn diagnostics(&self, now: DateTime<Utc>) -> Result<String, RecorderError> {
        let secrets = PatientWords::of(&self.inner.outbox.patient_texts()?);
        let log = logging::newest_lines(&logging::folder(&self.inner.data_dir), LINES);
        let mut text = format!(
            "MedRecord diagnostics\nmade at {}\nversion {} on {} {}\n\n",
            now.to_rfc3339(),
            env!("CARGO_PKG_VERSION"),
            std::env::consts::OS,
            std::env::consts::ARCH,
        );
        let lines = summary(&self.state())
            .into_iter()
            .chain(self.inner.outbox.counts()?)
            .chain(self.inner.outbox.kept_aside())
            .chain([checked(&self.checked())])
            .chain(["".to_owned(), "log".to_owned()])
            .chain(log.unwrap_or_else(|error| vec![format!("(no log: {error})")]));
        for line in lines {
            let kept =
                if secrets.are_in(&line) { "(left out: may be patient text)" } else { &line };
            let _ = writeln!(text, "{kept}");
        }
        Ok(text)
    }
}

fn checked(report: &Report) -> String {
    let Report { recordings, checked, damaged } = report;
    format!("earlier recordings checked {checked} of {recordings}, damaged {}", damaged.len())
}

fn summary(state: &Workstation) -> Vec<String> {
    let microphone = state.microphone.as_deref().unwrap_or("system default");
    let mut lines = vec![
        format!("connection {:?}", state.connection),
        format!("clinicians {}", state.accounts.len()),
        format!("locked {}", state.locked),
        format!("key file {}", state.key_file),
        format!("recording {:?}", state.take.as_ref().map(|take| take.state)),
        format!("microphone chosen {microphone}"),
    ];
    lines.extend(state.microphones.iter().map(|found| format!("microphone found {}", found.id)));
    lines.extend(state.warnings.iter().map(|warning| format!("warning {}", warning.code)));
    lines
}

/// What must not stand in a text that leaves the house.
struct PatientWords {
    /// Parts of names, and numbers.
    words: HashSet<String>,
    /// [`RUN`] words of a note in a row.
    runs: HashSet<Vec<String>>,
}

impl PatientWords {
    fn of(texts: &[PatientTexts]) -> Self {
        let (mut names, mut runs) = (HashSet::new(), HashSet::new());
        for text in texts {
            let parts = text.names.iter().flat_map(|name| words(name));
            names.extend(parts.filter(|part| part.chars().count() >= SHORTEST_NAME));
            runs.extend(words(&text.note).windows(RUN).map(<[String]>::to_vec));
        }
        Self { words: names, runs }
    }

    fn are_in(&self, line: &str) -> bool {
        let words = words(line);
        words.iter().any(|word| self.words.contains(word))
            || words.windows(RUN).any(|run| self.runs.contains(run))
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::PatientWords;
    use crate::outbox::PatientTexts;

    #[test]
    fn names_numbers_and_runs_of_a_note_are_found_and_nothing_else() {
        let words = PatientWords::of(&[PatientTexts {
            names: vec!["Hale, Robert".to_owned(), "004512".to_owned()],
            note: "Plan\nStart metoprolol 25 mg daily.".to_owned(),
        }]);
        for secret in [
            "postponed recording=HALE",
            "file=robert.wav",
            "mrn:004512",
            "said start metoprolol 25 mg, then",
        ] {
            assert!(words.are_in(secret), "{secret}");
        }
        for plain in ["INFO receipt kept recording=0193b1a0", "start the plan daily", "", "exhale"]
        {
            assert!(!words.are_in(plain), "{plain}");
        }
    }
}
