//! What may be kept of what a provider heard: the deterministic guards after transcription.
//!
//! Whisper invents in silence, repeats its prompt and runs in circles; the newer models do the first two.
//! The rules are T3 to T5 of the safety checks.

use medrecord_common::PatientText;

use super::{Heard, SpeechRequest};

/// What to do with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Keep this text (a loop is cut down to one round).
    Keep(PatientText),
    /// Keep nothing. The code goes to the job's log.
    Nothing { code: &'static str },
    /// Ask again with [`without_context`]. Never the verdict on a request that had no context.
    Again { code: &'static str },
}

/// Under this much speech a stock phrase is taken for an invention, in milliseconds.
const LITTLE_SPEECH_MS: u32 = 1_500;
/// What the models were fed with too often at the end of silent films.
const STOCK_PHRASES: [&str; 12] = [
    "you",
    "thank you",
    "thank you very much",
    "thank you so much",
    "thanks for watching",
    "thank you for watching",
    "thanks for listening",
    "please subscribe",
    "bye",
    "bye bye",
    "the end",
    "this is the first time i've ever seen",
];
/// An echo is a run of at least so many words of the context …
const ECHO_WORDS: usize = 6;
/// … that makes up at least this share of the text, in percent.
const ECHO_SHARE: usize = 70;
/// A loop is the same 1 to 8 words at least so often in a row.
const LOOP_ROUNDS: usize = 4;
const LOOP_WORDS: usize = 8;

/// Judges one text. `speech_ms` is what the recorder's voice activity heard in the segment.
#[must_use]
pub fn judge(heard: &Heard, request: &SpeechRequest, speech_ms: u32) -> Verdict {
    let text = heard.text.as_str();
    let words = words(text);
    if speech_ms == 0 {
        return Verdict::Nothing { code: "no_speech" };
    }
    if words.is_empty() {
        return Verdict::Nothing { code: "no_words" };
    }
    if speech_ms < LITTLE_SPEECH_MS && STOCK_PHRASES.contains(&words.join(" ").as_str()) {
        return Verdict::Nothing { code: "stock_phrase" };
    }
    let has_context = request.previous_text.is_some() || !request.keywords.is_empty();
    if has_context && echoes(&words, request) {
        return Verdict::Again { code: "echo" };
    }
    match unlooped(text) {
        Some(_) if has_context => Verdict::Again { code: "loop" },
        Some(once) => Verdict::Keep(once.into()),
        None => Verdict::Keep(heard.text.clone()),
    }
}

/// The same request with nothing to echo.
#[must_use]
pub fn without_context(request: &SpeechRequest) -> SpeechRequest {
    SpeechRequest { keywords: Vec::new(), previous_text: None, ..request.clone() }
}

/// Lower case, no punctuation.
fn words(text: &str) -> Vec<String> {
    let words = text.split_whitespace().map(|word| {
        word.trim_matches(|c: char| !c.is_alphanumeric()).replace('’', "'").to_lowercase()
    });
    words.filter(|word| !word.is_empty()).collect()
}

/// Whether most of the text is a run of the text before or of the vocabulary.
fn echoes(heard: &[String], request: &SpeechRequest) -> bool {
    let previous = request.previous_text.as_ref().map_or("", PatientText::as_str);
    let vocabulary = request.keywords.join(" ");
    [previous, vocabulary.as_str()].into_iter().any(|context| {
        let run = longest_shared_run(heard, &words(context));
        run >= ECHO_WORDS && run * 100 >= heard.len() * ECHO_SHARE
    })
}

fn longest_shared_run(a: &[String], b: &[String]) -> usize {
    let mut longest = 0;
    let mut above = vec![0; b.len() + 1];
    for word in a {
        let mut row = vec![0; b.len() + 1];
        for (column, other) in b.iter().enumerate() {
            if word == other {
                row[column + 1] = above[column] + 1;
                longest = longest.max(row[column + 1]);
            }
        }
        above = row;
    }
    longest
}

/// The text with its loops cut down to one round, if there are any.
fn unlooped(text: &str) -> Option<String> {
    let mut kept: Vec<&str> = text.split_whitespace().collect();
    let mut plain: Vec<String> = kept.iter().map(|word| words(word).concat()).collect();
    let mut found = false;
    let mut at = 0;
    while at < kept.len() {
        match loop_at(&plain[at..]) {
            Some((length, rounds)) => {
                found = true;
                kept.drain(at + length..at + length * rounds);
                plain.drain(at + length..at + length * rounds);
                at += length;
            }
            None => at += 1,
        }
    }
    found.then(|| kept.join(" "))
}

/// The length of the phrase that begins here and how often it is said in a row, if that is a loop.
fn loop_at(words: &[String]) -> Option<(usize, usize)> {
    (1..=LOOP_WORDS.min(words.len())).find_map(|length| {
        let phrase = &words[..length];
        let rounds = words.chunks_exact(length).take_while(|chunk| *chunk == phrase).count();
        // Single words are said often in earnest ("no, no, no, no"); a stuck engine says them far more often.
        let enough = if length < 3 { 2 * LOOP_ROUNDS } else { LOOP_ROUNDS };
        (rounds >= enough).then_some((length, rounds))
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn request(previous: Option<&str>, keywords: &[&str]) -> SpeechRequest {
        SpeechRequest {
            seq: 1,
            flac: Bytes::new(),
            language: "en".into(),
            keywords: keywords.iter().map(ToString::to_string).collect(),
            previous_text: previous.map(Into::into),
        }
    }

    fn judged(text: &str, request: &SpeechRequest, speech_ms: u32) -> Verdict {
        judge(&Heard { text: text.into() }, request, speech_ms)
    }

    #[test]
    fn without_speech_there_is_no_text_whatever_was_heard() {
        let verdict = judged("Start warfarin.", &request(None, &[]), 0);
        assert_eq!(verdict, Verdict::Nothing { code: "no_speech" });
    }

    #[test]
    fn dictation_is_kept_as_it_was_heard() {
        let text = "Blood pressure is 148/86. No chest pain, no chest tightness, no cough.";
        let asked = request(Some("He denies palpitations."), &["metformin", "angina"]);
        assert_eq!(judged(text, &asked, 4_000), Verdict::Keep(text.into()));
    }

    #[test]
    fn a_stock_phrase_counts_only_where_somebody_spoke_for_long_enough() {
        let asked = request(None, &[]);
        for phrase in
            ["you", "Thank you.", "Thanks for watching!", "This is the first time I've ever seen."]
        {
            assert_eq!(judged(phrase, &asked, 300), Verdict::Nothing { code: "stock_phrase" });
        }
        assert_eq!(judged("Thank you.", &asked, 2_000), Verdict::Keep("Thank you.".into()));
        assert_eq!(judged(" . ", &asked, 300), Verdict::Nothing { code: "no_words" });
    }

    #[test]
    fn an_echo_of_the_text_before_is_heard_again_without_it() {
        let before = "He stopped atorvastatin two weeks ago because of muscle aches.";
        let asked = request(Some(before), &[]);
        assert_eq!(judged(before, &asked, 3_000), Verdict::Again { code: "echo" });
        let again = without_context(&asked);
        assert_eq!(judged(before, &again, 3_000), Verdict::Keep(before.into()));
    }

    #[test]
    fn an_echo_of_the_vocabulary_is_heard_again_without_it() {
        let drugs =
            ["metformin", "lisinopril", "atorvastatin", "metoprolol", "rosuvastatin", "angina"];
        let asked = request(None, &drugs);
        assert_eq!(judged(&drugs.join(", "), &asked, 3_000), Verdict::Again { code: "echo" });
        let spoken = "He takes metformin and lisinopril.";
        assert_eq!(judged(spoken, &asked, 3_000), Verdict::Keep(spoken.into()));
    }

    #[test]
    fn a_loop_is_heard_again_and_at_last_cut_down_to_one_round() {
        let text = "Lungs are clear. I am going to do, I am going to do, I am going to do, I am going to do, then rest.";
        let asked = request(None, &["angina"]);
        assert_eq!(judged(text, &asked, 9_000), Verdict::Again { code: "loop" });
        let cut = Verdict::Keep("Lungs are clear. I am going to do, then rest.".into());
        assert_eq!(judged(text, &without_context(&asked), 9_000), cut);
    }

    #[test]
    fn saying_no_four_times_is_no_loop() {
        let text = "Fever: no. No, no, no, as he said.";
        assert_eq!(judged(text, &request(None, &[]), 4_000), Verdict::Keep(text.into()));
    }
}
