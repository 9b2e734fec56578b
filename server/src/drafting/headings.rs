//! Recognises headings that were spoken: "Subjective.", "Findings: …", "Assessment first, …".

use super::sentences::{Word, plain};

/// Headings that hardly begin a sentence otherwise: they count with a comma or, before what looks like a new
/// sentence, with nothing after them.
const STRONG: [&str; 22] = [
    "assessment",
    "assessment and plan",
    "chief complaint",
    "clinical history",
    "current medications",
    "family history",
    "findings",
    "history of present illness",
    "impression",
    "medical decision making",
    "objective",
    "past medical history",
    "past surgical history",
    "physical exam",
    "physical examination",
    "plan",
    "reason for visit",
    "review of systems",
    "social history",
    "subjective",
    "vital signs",
    "emergency department course",
];

/// Everyday words: they count only when they stand alone or before a colon, or before a comma and a capital.
const WEAK: [&str; 26] = [
    "allergies",
    "comparison",
    "complications",
    "course",
    "diagnosis",
    "discharge instructions",
    "disposition",
    "exam",
    "examination",
    "follow up",
    "follow-up",
    "history",
    "hospital course",
    "imaging",
    "indication",
    "instructions",
    "labs",
    "laboratory",
    "medications",
    "procedure",
    "recommendation",
    "recommendations",
    "results",
    "technique",
    "vitals",
    "hpi",
];

/// Words that go on with a sentence which begins with a strong heading's word: "Plan is to …".
const OPENERS: [&str; 10] =
    ["first", "number", "one", "1", "there", "he", "she", "this", "the patient", "patient"];

/// Longest heading in words.
const MAX_WORDS: usize = 4;

/// How many words at the beginning are a heading: 0 if they are none. `words` begins where a sentence does.
#[must_use]
pub(super) fn length(words: &[Word<'_>]) -> usize {
    let longest = MAX_WORDS.min(words.len());
    (1..=longest).rev().find(|&length| is_heading(&words[..length], &words[length..])).unwrap_or(0)
}

fn is_heading(words: &[Word<'_>], rest: &[Word<'_>]) -> bool {
    let (last, inner) = words.split_last().expect("invariant: at least one word is asked about");
    // "Plan. Of" is no heading of two words.
    if inner.iter().any(|word| word.text.ends_with(['.', ':', ',', ';', '?', '!'])) {
        return false;
    }
    let name = words.iter().map(|word| plain(word.text)).collect::<Vec<_>>().join(" ");
    let strong = STRONG.contains(&name.as_str());
    if !strong && !WEAK.contains(&name.as_str()) {
        return false;
    }
    let Some(next) = rest.first() else { return true };
    match last.text.chars().last() {
        Some('.' | ':') => true,
        Some(',' | ';' | '-' | '–' | '—') => strong || begins_anew(next),
        // A pause long enough to cut at, and then more: a heading that the engine ran on from.
        Some(c) if c.is_alphanumeric() => {
            strong && (next.after_pause || begins_anew(next) || opens(rest))
        }
        _ => false,
    }
}

/// A capital or a number; but "Plan B" is no heading.
fn begins_anew(next: &Word<'_>) -> bool {
    let single = plain(next.text).chars().count() == 1 && !next.text.ends_with(['.', ',']);
    next.text.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit()) && !single
}

fn opens(rest: &[Word<'_>]) -> bool {
    let first = plain(rest[0].text);
    let two = rest.get(1).map(|word| format!("{first} {}", plain(word.text)));
    OPENERS.contains(&first.as_str()) || two.is_some_and(|two| OPENERS.contains(&two.as_str()))
}

#[cfg(test)]
mod tests {
    use medrecord_common::ids::RecordingId;
    use medrecord_common::note::Evidence;

    use super::*;

    fn heading(text: &str) -> usize {
        let evidence = Evidence { recording: RecordingId::new(), seq: 0 };
        let words = text.split(' ').enumerate();
        let words: Vec<_> =
            words.map(|(n, text)| Word { text, evidence, after_pause: n == 0 }).collect();
        length(&words)
    }

    #[test]
    fn a_heading_stands_alone_or_before_a_colon() {
        assert_eq!(heading("Subjective. Mr. Hale is 68."), 1);
        assert_eq!(heading("Findings: There is a tear."), 1);
        assert_eq!(heading("History of present illness. He fell."), 4);
        assert_eq!(heading("Assessment and plan: rest."), 3);
        assert_eq!(heading("Comparison. None."), 1);
        assert_eq!(heading("Plan"), 1);
    }

    #[test]
    fn an_engine_may_write_a_comma_or_nothing_after_it() {
        assert_eq!(heading("Subjective, Mr. Hale is 68."), 1);
        assert_eq!(heading("Assessment first, exertional chest tightness"), 1);
        assert_eq!(heading("Plan order an exercise stress test"), 0);
        assert_eq!(heading("Plan Order an exercise stress test"), 1);
        assert_eq!(heading("Examination, Temperature 37.1"), 1);
        assert_eq!(heading("Examination, labs and imaging were reviewed."), 0);
    }

    #[test]
    fn a_sentence_that_begins_with_the_same_word_is_none() {
        for text in [
            "Plan is to repeat it.",
            "Plan B was discussed.",
            "History of asthma.",
            "Findings are consistent with a tear.",
            "Objective findings are few.",
            "Course was uneventful.",
            "The plan. Is clear.",
            "Plans: none.",
            "Impression of a mass effect.",
        ] {
            assert_eq!(heading(text), 0, "{text}");
        }
    }
}
