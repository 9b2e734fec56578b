//! Recognises headings that were spoken: "Subjective.", "Findings: …", and as engines run them into the sentence
//! before or after: "… of muscle aches, objective. Blood pressure …", "… intolerance, plan, order a test".

mod names;

use self::names::{BEFORE_A_NOUN, FOLLOWS, OPENERS, STRONG, WEAK};
use super::sentences::{Word, plain};

/// Longest heading in words.
const MAX_WORDS: usize = 4;

/// A heading among words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heading {
    /// Words of its name.
    pub(super) name: usize,
    /// The name and, where it was spoken, the word "colon" after it.
    pub(super) length: usize,
}

/// What is known before a word.
pub(super) struct Before<'a> {
    /// The word before in the same sentence; none where one begins.
    pub(super) word: Option<Word<'a>>,
    /// The headings so far, as [`name`]d.
    pub(super) headings: &'a [String],
}

/// The heading that begins with the first of `words`, if one does.
#[must_use]
pub(super) fn at(words: &[Word<'_>], before: &Before<'_>) -> Option<Heading> {
    let longest = MAX_WORDS.min(words.len());
    (1..=longest).rev().find_map(|length| Candidate::new(words, length)?.accepted(before))
}

/// A heading's words in lower case: what headings are compared by.
#[must_use]
pub(super) fn name(words: &[Word<'_>]) -> String {
    words.iter().map(|word| plain(word.text)).collect::<Vec<_>>().join(" ")
}

/// Words that are the name of a heading, with the words after them.
struct Candidate<'a> {
    name: String,
    length: usize,
    strong: bool,
    after: After,
    rest: &'a [Word<'a>],
}

/// What stands after the name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Stop,
    Comma,
    Nothing,
    /// The word "colon", spoken.
    Colon,
}

impl<'a> Candidate<'a> {
    fn new(words: &'a [Word<'a>], length: usize) -> Option<Self> {
        let (name_words, rest) = words.split_at(length);
        let (last, inner) = name_words.split_last()?;
        // "Plan. Of" is no heading of two words.
        if inner.iter().any(|word| word.text.ends_with(['.', ':', ',', ';', '?', '!'])) {
            return None;
        }
        let name = name(name_words);
        let strong = STRONG.contains(&name.as_str());
        if !strong && !WEAK.contains(&name.as_str()) {
            return None;
        }
        let spoken_colon = rest.first().is_some_and(|next| plain(next.text) == "colon");
        let after = match last.text.chars().last()? {
            '.' | ':' => After::Stop,
            ',' | ';' | '-' | '–' | '—' => After::Comma,
            c if c.is_alphanumeric() && spoken_colon => After::Colon,
            c if c.is_alphanumeric() => After::Nothing,
            _ => return None,
        };
        Some(Self { name, length, strong, after, rest })
    }

    fn accepted(&self, before: &Before<'_>) -> Option<Heading> {
        let accepted = match before.word {
            None => self.begins_a_sentence(),
            Some(word) => self.stands_in_one(&word, before.headings),
        };
        let colon = usize::from(self.after == After::Colon);
        accepted.then_some(Heading { name: self.length, length: self.length + colon })
    }

    fn begins_a_sentence(&self) -> bool {
        let Some(next) = self.rest.first() else { return true };
        match self.after {
            After::Stop | After::Colon => true,
            After::Comma => self.strong || begins_anew(next),
            // A pause long enough to cut at, and then more: a heading that the engine ran on from.
            After::Nothing => {
                self.strong && (next.after_pause || begins_anew(next) || opens(self.rest))
            }
        }
    }

    /// Inside a sentence only what is unlikely to be part of it: after a comma, or waited for.
    fn stands_in_one(&self, word: &Word<'_>, headings: &[String]) -> bool {
        let comma = word.text.ends_with([',', ';']);
        let previous = plain(word.text);
        let announced =
            headings.is_empty() && ["note", "report", "paragraph"].contains(&previous.as_str());
        let new_sentence = self.rest.first().is_none_or(begins_with_capital);
        match self.after {
            After::Colon => comma || announced,
            After::Stop if comma => {
                new_sentence && (self.strong || announced || !headings.is_empty())
            }
            After::Stop => {
                let noun = BEFORE_A_NOUN.contains(&previous.as_str());
                new_sentence && (announced || (self.waited_for(headings) && !noun))
            }
            After::Comma => {
                let anew = self.rest.first().is_some_and(begins_anew);
                comma && (self.waited_for(headings) || (!headings.is_empty() && anew))
            }
            After::Nothing => false,
        }
    }

    fn waited_for(&self, headings: &[String]) -> bool {
        let before = FOLLOWS
            .iter()
            .find(|(name, _)| *name == self.name)
            .map_or(&[][..], |(_, before)| before);
        !headings.contains(&self.name)
            && headings.iter().any(|heading| before.contains(&heading.as_str()))
    }
}

fn begins_with_capital(next: &Word<'_>) -> bool {
    next.text.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
}

/// A capital or a number; but "Plan B" is no heading.
fn begins_anew(next: &Word<'_>) -> bool {
    let name = plain(next.text);
    let letter = name.chars().count() == 1 && !next.text.ends_with(['.', ',']) && name != "a";
    begins_with_capital(next) && !letter
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

    fn words(text: &str) -> Vec<Word<'_>> {
        let evidence = Evidence { recording: RecordingId::new(), seq: 0 };
        let words = text.split(' ').enumerate();
        words.map(|(n, text)| Word { text, evidence, after_pause: n == 0 }).collect()
    }

    /// Words of the heading that the text begins with.
    fn heading(text: &str) -> usize {
        let before = Before { word: None, headings: &[] };
        at(&words(text), &before).map_or(0, |heading| heading.length)
    }

    /// Where inside the text a heading is found, after these headings.
    fn inside(text: &str, headings: &[&str]) -> Option<usize> {
        let headings: Vec<String> = headings.iter().map(ToString::to_string).collect();
        let words = words(text);
        (1..words.len()).find(|&index| {
            at(&words[index..], &Before { word: Some(words[index - 1]), headings: &headings })
                .is_some()
        })
    }

    #[test]
    fn a_heading_stands_alone_or_before_a_colon() {
        assert_eq!(heading("Subjective. Mr. Hale is 68."), 1);
        assert_eq!(heading("Findings: There is a tear."), 1);
        assert_eq!(heading("History of present illness. He fell."), 4);
        assert_eq!(heading("Assessment and plan: rest."), 3);
        assert_eq!(heading("Comparison. None."), 1);
        assert_eq!(heading("Plan"), 1);
        assert_eq!(heading("Examination colon. MRI of the knee."), 2);
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
    fn an_engine_may_run_it_into_the_sentence_before() {
        let soap = ["subjective", "objective"];
        assert_eq!(
            inside("because of muscle aches, objective. Blood pressure is", &soap[..1]),
            Some(4)
        );
        assert_eq!(inside("one C is 7.8% assessment. First, exertional", &soap), Some(4));
        assert_eq!(inside("statin intolerance, plan, order a test", &["assessment"]), Some(2));
        assert_eq!(inside("date of birth March 3, 1958, subjective. Mr. Hale", &[]), Some(6));
        assert_eq!(inside("Emergency department note history. A woman", &[]), Some(3));
        assert_eq!(inside("Emergency department note, history. I 29-year-old", &[]), Some(3));
        assert_eq!(inside("New paragraph, examination colon. MRI", &[]), Some(2));
        assert_eq!(
            inside("which causes hives, examination. Temperature 37", &["history"]),
            Some(3)
        );
    }

    #[test]
    fn a_word_inside_a_sentence_is_none() {
        let all = ["subjective", "objective", "assessment"];
        for text in [
            "We discussed the plan. He agrees.",
            "He agrees with the treatment plan. Return in May.",
            "We talked about the diagnosis, plan, and follow up.",
            "She has allergies. None are severe.",
            "A polyp of the sigmoid colon, examination of which was hard.",
            "There is a plan to repeat it.",
        ] {
            assert_eq!(inside(text, &all[..2]), None, "{text}");
        }
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
