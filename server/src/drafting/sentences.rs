//! Sentences of spoken text, each with the segments its words come from.

use medrecord_common::note::Evidence;

use super::SpokenSegment;

/// A word as it was heard, punctuation included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) evidence: Evidence,
    /// The first of its segment: there was a pause before it.
    pub(super) after_pause: bool,
}

/// Titles after which a full stop ends nothing.
const ABBREVIATIONS: [&str; 12] =
    ["mr.", "mrs.", "ms.", "dr.", "st.", "vs.", "e.g.", "i.e.", "approx.", "jr.", "sr.", "prof."];

/// The words of all segments, in order.
#[must_use]
pub(super) fn words(segments: &[SpokenSegment]) -> Vec<Word<'_>> {
    let words = segments.iter().flat_map(|segment| {
        segment.text.as_str().split_whitespace().enumerate().map(|(index, text)| Word {
            text,
            evidence: segment.evidence,
            after_pause: index == 0,
        })
    });
    words.collect()
}

/// Whether a sentence is over after this word, seen with the next one. `first`: it is the first of its sentence.
#[must_use]
pub(super) fn ends(word: &Word<'_>, next: Option<&Word<'_>>, first: bool) -> bool {
    let Some(next) = next else { return true };
    let text = word.text.trim_end_matches(['"', '\'', ')', ']', '”', '’']);
    if text.ends_with("...") || text.ends_with('…') {
        // An engine writes it where its audio ended and the sentence did not.
        return !next.text.starts_with(char::is_lowercase);
    }
    match text.chars().last() {
        Some('?' | '!') => true,
        Some('.') => !belongs_to_the_word(text, first),
        _ => false,
    }
}

/// A title, an initial ("J."), or the number of an item ("1." at the beginning).
fn belongs_to_the_word(text: &str, first: bool) -> bool {
    let body = text.trim_end_matches('.');
    let item = first && body.len() <= 2 && body.bytes().all(|b| b.is_ascii_digit());
    let initial = body.chars().count() == 1 && body.chars().all(char::is_uppercase);
    item || initial || ABBREVIATIONS.contains(&text.to_lowercase().as_str())
}

/// The words as one line that begins with a capital and ends with a full stop: the words are untouched.
#[must_use]
pub(super) fn line(words: &[Word<'_>]) -> String {
    let line = words.iter().map(|word| word.text).collect::<Vec<_>>().join(" ");
    // Cut off by a heading or by the end of the recording, it has a comma or nothing there.
    let body = line.trim_end_matches([',', ';', ':']);
    let closed = body.ends_with(['.', '?', '!', '…', '"', '”', ')']);
    capitalised(body) + if closed { "" } else { "." }
}

/// The same text with its first letter in upper case.
#[must_use]
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The segments that the words come from, each once.
#[must_use]
pub(super) fn evidence(words: &[Word<'_>]) -> Vec<Evidence> {
    let mut evidence: Vec<_> = words.iter().map(|word| word.evidence).collect();
    evidence.dedup();
    evidence
}

/// A word without its punctuation, in lower case: what a heading is compared by.
#[must_use]
pub(super) fn plain(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

#[cfg(test)]
mod tests {
    use medrecord_common::ids::RecordingId;

    use super::*;

    fn split(text: &str) -> Vec<String> {
        let evidence = Evidence { recording: RecordingId::new(), seq: 0 };
        let segment = SpokenSegment { evidence, start_ms: 0, duration_ms: 1, text: text.into() };
        let segments = [segment];
        let words = words(&segments);
        let mut sentences = vec![Vec::new()];
        for (index, word) in words.iter().enumerate() {
            sentences.last_mut().unwrap().push(*word);
            let first = sentences.last().unwrap().len() == 1;
            if ends(word, words.get(index + 1), first) {
                sentences.push(Vec::new());
            }
        }
        sentences.pop();
        sentences.iter().map(|words| line(words)).collect()
    }

    #[test]
    fn a_full_stop_ends_a_sentence_unless_it_belongs_to_the_word() {
        assert_eq!(
            split("Mr. Hale takes 7.5 mg. he is J. R. Hale's brother. Pulse is 72. Why? 1. Rest."),
            [
                "Mr. Hale takes 7.5 mg.",
                "He is J. R. Hale's brother.",
                "Pulse is 72.",
                "Why?",
                "1. Rest."
            ]
        );
    }

    #[test]
    fn dots_in_the_middle_of_a_sentence_do_not_end_it() {
        assert_eq!(split("He walked... and fell."), ["He walked... and fell."]);
        assert_eq!(split("He walked... Then he fell."), ["He walked...", "Then he fell."]);
    }
}
