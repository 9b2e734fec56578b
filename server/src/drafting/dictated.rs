//! The drafter without a model: files the words under the headings that the clinician spoke.
//!
//! Nothing is dropped, nothing is added, nothing moves: the note's headings and sentences are the words of
//! the segments in their order. Only capitals, white space and the punctuation at the ends are set, and
//! a "colon" spoken after a heading is such punctuation.

use async_trait::async_trait;
use medrecord_common::note::{NoteContent, Section, Sentence, SentenceKind};
use medrecord_common::recording::RecordingKind;

use super::headings::{self, Before};
use super::sentences::{self, Word, capitalised};
use super::{DraftRequest, NoteDrafter, template};
use crate::provider::ProviderError;

/// Heading of what was said before the first spoken heading.
pub const INTRODUCTION: &str = "Introduction";
/// Heading of a dictation in which none was spoken.
pub const DICTATION: &str = "Dictation";
/// Heading of a consultation in which none was spoken.
pub const CONVERSATION: &str = "Conversation";

/// See the module.
#[derive(Debug, Clone, Copy, Default)]
pub struct Dictated;

#[async_trait]
impl NoteDrafter for Dictated {
    fn name(&self) -> &str {
        "dictated/1"
    }

    async fn draft(&self, request: &DraftRequest) -> Result<NoteContent, ProviderError> {
        Ok(file(request))
    }
}

/// A stretch of words from one spoken heading to the next.
#[derive(Debug, Default)]
struct Part<'a> {
    /// Empty before the first heading.
    heading: &'a [Word<'a>],
    sentences: Vec<&'a [Word<'a>]>,
}

/// Files the words of all segments.
#[must_use]
pub fn file(request: &DraftRequest) -> NoteContent {
    let words = sentences::words(&request.segments);
    let parts = split(&words);
    let headings: Vec<String> = parts.iter().map(|part| headings::name(part.heading)).collect();
    let beginning = match parts.first() {
        Some(part) if part.heading.is_empty() => {
            part.sentences.iter().map(|words| sentences::line(words)).collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    };
    let untitled = match (parts.len(), request.kind) {
        (2.., _) => INTRODUCTION,
        (_, RecordingKind::Dictation) => DICTATION,
        (_, RecordingKind::Consultation) => CONVERSATION,
    };
    NoteContent {
        template: template::choose(&beginning, &headings).name.to_owned(),
        sections: parts.iter().map(|part| part.section(untitled)).collect(),
    }
}

/// Cuts the words into parts at the headings, and the parts into sentences.
fn split<'a>(words: &'a [Word<'a>]) -> Vec<Part<'a>> {
    let mut parts = vec![Part::default()];
    let mut spoken = Vec::new();
    // Where the sentence under way begins.
    let mut from = 0;
    let mut at = 0;
    while at < words.len() {
        let word = (at > from && !words[at].after_pause).then(|| words[at - 1]);
        if let Some(heading) = headings::at(&words[at..], &Before { word, headings: &spoken }) {
            close(&mut parts, &words[from..at]);
            let heading_words = &words[at..at + heading.name];
            spoken.push(headings::name(heading_words));
            parts.push(Part { heading: heading_words, sentences: Vec::new() });
            at += heading.length;
            from = at;
            continue;
        }
        let ends = sentences::ends(&words[at], words.get(at + 1), at == from);
        at += 1;
        if ends {
            close(&mut parts, &words[from..at]);
            from = at;
        }
    }
    parts.retain(|part| !part.heading.is_empty() || !part.sentences.is_empty());
    parts
}

/// Puts a sentence into the last part.
fn close<'a>(parts: &mut [Part<'a>], sentence: &'a [Word<'a>]) {
    if let (Some(part), false) = (parts.last_mut(), sentence.is_empty()) {
        part.sentences.push(sentence);
    }
}

impl Part<'_> {
    fn section(&self, untitled: &str) -> Section {
        let title = match self.heading {
            [] => untitled.to_owned(),
            words => title(words),
        };
        let sentences = self.sentences.iter().map(|words| Sentence {
            text: sentences::line(words).into(),
            kind: SentenceKind::Dictated,
            evidence: sentences::evidence(words),
        });
        Section { title, sentences: sentences.collect() }
    }
}

/// A heading as it was spoken, without the punctuation after it.
fn title(heading: &[Word<'_>]) -> String {
    let words = heading.iter().map(|word| word.text).collect::<Vec<_>>().join(" ");
    capitalised(words.trim_end_matches(|c: char| !c.is_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use medrecord_common::ids::RecordingId;
    use medrecord_common::note::Evidence;
    use proptest::prelude::*;

    use super::super::SpokenSegment;
    use super::*;

    fn request(texts: &[&str]) -> DraftRequest {
        let recording = RecordingId::new();
        let segments = texts.iter().enumerate().map(|(index, text)| SpokenSegment {
            evidence: Evidence { recording, seq: index as u32 },
            start_ms: index as u64 * 20_000,
            duration_ms: 20_000,
            text: (*text).into(),
        });
        let segments = segments.collect();
        DraftRequest { kind: RecordingKind::Dictation, language: "en".into(), segments }
    }

    /// Title, and each sentence with the numbers of its segments.
    fn filed(texts: &[&str]) -> (String, Vec<(String, Vec<String>)>) {
        let note = file(&request(texts));
        let sections = note.sections.into_iter().map(|section| {
            let sentences = section.sentences.into_iter().map(|sentence| {
                let seqs: Vec<_> = sentence.evidence.iter().map(|e| e.seq.to_string()).collect();
                format!("{} [{}]", sentence.text.as_str(), seqs.join(","))
            });
            (section.title, sentences.collect())
        });
        (note.template, sections.collect())
    }

    #[test]
    fn words_are_filed_under_the_headings_that_were_spoken() {
        let (template, sections) = filed(&[
            "Progress note for Robert Hale, date of birth March 3, 1958. Subjective. Mr. Hale is 68.",
            "He has been taking metformin. Objective: blood pressure is 148/86.",
            "Assessment first, possible angina. Plan. Start metoprolol.",
        ]);
        assert_eq!(template, "progress_note");
        let expected: [(&str, &[&str]); 5] = [
            (INTRODUCTION, &["Progress note for Robert Hale, date of birth March 3, 1958. [0]"]),
            ("Subjective", &["Mr. Hale is 68. [0]", "He has been taking metformin. [1]"]),
            ("Objective", &["Blood pressure is 148/86. [1]"]),
            ("Assessment", &["First, possible angina. [2]"]),
            ("Plan", &["Start metoprolol. [2]"]),
        ];
        let expected = expected.map(|(title, sentences)| {
            (title.to_owned(), sentences.iter().map(ToString::to_string).collect::<Vec<_>>())
        });
        assert_eq!(sections, expected);
    }

    #[test]
    fn a_sentence_across_a_segment_border_cites_both() {
        let (_, sections) = filed(&["He denies chest", "pain. He rests."]);
        assert_eq!(sections[0].1, ["He denies chest pain. [0,1]", "He rests. [1]"]);
    }

    #[test]
    fn a_heading_after_a_pause_ends_a_sentence_that_has_no_full_stop() {
        let (_, sections) =
            filed(&["He stopped it because of muscle aches", "Objective. Lungs are clear."]);
        assert_eq!(sections[0].1, ["He stopped it because of muscle aches. [0]"]);
        assert_eq!(sections[1], ("Objective".into(), vec!["Lungs are clear. [1]".into()]));
    }

    #[test]
    fn headings_are_found_in_what_the_built_in_engine_writes() {
        // As it heard fixtures/progress-note.flac, radiology-with-commands.flac and emergency-note.flac.
        let titles = |texts: &[&str]| {
            filed(texts).1.into_iter().map(|section| section.0).collect::<Vec<_>>()
        };
        let progress = titles(&[
            "Progress note for Robert Hale, date of birth March 3, 1958, subjective. Mr. Hale is a 68-year-old man.",
            "He stopped atorvastatin two weeks ago because of muscle aches, objective.",
            "Blood pressure is 148 over 86. Heart rate is 72.",
            "Hemoglobin of one C is 7.8% assessment. First, exertional chest tightness possible stable angina.",
            "Fourth, statin intolerance, plan, order an exercise stress test this week.",
        ]);
        assert_eq!(progress, [INTRODUCTION, "Subjective", "Objective", "Assessment", "Plan"]);
        let radiology = titles(&[
            "Radiology report. New paragraph, examination colon. MRI of the right knee without contrast. New paragraph, clinical history colon.",
            "42-year-old woman with medial knee pain. Full stop, comparison colon. None. New paragraph, findings colon.",
            "There is a horizontal tear. Full stop, new paragraph, impression colon. Number one, tear.",
        ]);
        let expected = ["Examination", "Clinical history", "Comparison", "Findings", "Impression"];
        assert_eq!(radiology[1..], expected);
        let emergency = titles(&[
            "Emergency department note history. A 29-year-old woman with a history of asthma comes in.",
            "She is allergic to penicillin, which causes hives, examination. Temperature 37.1 degrees Celsius.",
            "After two hours the wheezing was much less assessment.",
            "Acute asthma exacerbation, moderate, plan, prednisone 40 milligrams once a day.",
        ]);
        assert_eq!(emergency[1..], ["History", "Examination", "Assessment", "Plan"]);
    }

    #[test]
    fn a_plan_in_the_middle_of_a_sentence_is_no_heading() {
        let (template, sections) =
            filed(&["We discussed the plan. Plan is to rest. The plan, first, is rest."]);
        assert_eq!((template.as_str(), sections.len()), ("dictation", 1));
        assert_eq!(sections[0].0, DICTATION);
    }

    #[test]
    fn a_heading_with_nothing_under_it_stays() {
        let (_, sections) = filed(&["Comparison. Findings. There is a tear."]);
        assert_eq!(sections[0], ("Comparison".into(), vec![]));
        assert_eq!(sections[1].1, ["There is a tear. [0]"]);
    }

    #[test]
    fn silence_makes_no_section() {
        assert_eq!(file(&request(&["", "  "])).sections, []);
    }

    fn plain_words<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let words = texts.into_iter().flat_map(str::split_whitespace).map(sentences::plain);
        words.filter(|word| !word.is_empty()).collect()
    }

    fn word() -> impl Strategy<Value = String> {
        let known = prop::sample::select(vec![
            "Subjective",
            "objective",
            "Assessment",
            "plan",
            "and",
            "History",
            "of",
            "present",
            "illness",
            "findings",
            "Mr",
            "first",
            "he",
            "metformin",
            "7.8",
            "148/86",
            "1",
            "Comparison",
            "é",
            "B",
        ]);
        let end = prop::sample::select(vec!["", "", "", ".", ",", ":", "?", "...", "…", ";", " -"]);
        (known, end).prop_map(|(word, end)| format!("{word}{end}"))
    }

    proptest! {
        #[test]
        fn every_word_is_there_once_in_its_order_and_every_sentence_cites_its_segments(
            segments in prop::collection::vec(prop::collection::vec(word(), 0..12), 0..6),
        ) {
            let texts: Vec<String> = segments.iter().map(|words| words.join(" ")).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let request = request(&texts);
            let note = file(&request);
            let ours = [INTRODUCTION, DICTATION];
            let written = note.sections.iter().flat_map(|section| {
                let title = Some(section.title.as_str()).filter(|title| !ours.contains(title));
                title.into_iter().chain(section.sentences.iter().map(|s| s.text.as_str()))
            });
            prop_assert_eq!(plain_words(written), plain_words(texts.iter().copied()));
            let mut last = 0;
            for evidence in note.sections.iter().flat_map(|section| &section.sentences).map(|s| &s.evidence) {
                prop_assert!(!evidence.is_empty());
                prop_assert!(evidence.windows(2).all(|pair| pair[0].seq < pair[1].seq));
                prop_assert!(evidence[0].seq >= last);
                last = evidence.last().map_or(last, |evidence| evidence.seq);
            }
        }
    }
}
