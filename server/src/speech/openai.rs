//! Speech to text by OpenAI, or by anything that speaks its API: one small multipart request a segment.
//!
//! The endpoint passes over fields it does not know without a word, so the names that are sent are held by a
//! test that looks at the request (`tests/it/providers.rs`).

use std::time::Duration;

use async_trait::async_trait;
use medrecord_common::PatientText;
use reqwest::multipart::{Form, Part};
use serde::Deserialize;

use super::{Heard, SpeechRequest, SpeechToText};
use crate::config;
use crate::provider::ProviderError;
use crate::provider::openai::{OpenAi, SetupError};

/// 30 s of audio take a few seconds; a minute and a half means that nobody is there.
const TIMEOUT: Duration = Duration::from_secs(90);
/// Caps of our own: the API's are not documented, and one bad keyword refuses the whole request.
const MAX_KEYWORDS: usize = 200;
const MAX_KEYWORD_CHARACTERS: usize = 60;
/// Words of the text before; more was not seen to help.
const MAX_PROMPT_WORDS: usize = 150;
/// What `languages[]` takes (2026-07-31); anything else is a 400.
const LANGUAGES: [&str; 63] = [
    "af", "ar", "hy", "az", "be", "bn", "bs", "bg", "yue", "ca", "zh", "hr", "cs", "da", "nl",
    "en", "et", "fi", "fr", "gl", "ka", "de", "el", "gu", "he", "hi", "hu", "is", "id", "it", "ja",
    "kn", "kk", "ko", "lv", "lt", "mk", "ms", "ml", "mi", "mr", "ne", "no", "fa", "pl", "pt", "ro",
    "ru", "sr", "sk", "sl", "es", "sw", "sv", "tl", "ta", "te", "th", "tr", "uk", "ur", "vi", "cy",
];

/// A speech-to-text server and the model asked for.
pub struct OpenAiSpeech {
    server: OpenAi,
    model: String,
}

/// The answer. All else in it (languages, usage, timestamps) may be there or not.
#[derive(Deserialize)]
struct Answer {
    text: String,
}

impl OpenAiSpeech {
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(server: &config::OpenAi, model: String) -> Result<Self, SetupError> {
        Ok(Self { server: OpenAi::new(server, TIMEOUT)?, model })
    }

    fn form(&self, request: &SpeechRequest) -> Form {
        // The name tells the format, and nothing about anyone.
        let audio = Part::stream(request.flac.clone())
            .file_name(format!("segment-{:04}.flac", request.seq))
            .mime_str("audio/flac")
            .expect("invariant: audio/flac is a media type");
        let mut form = Form::new()
            .part("file", audio)
            .text("model", self.model.clone())
            .text("response_format", "json");
        if LANGUAGES.contains(&request.language.as_str()) {
            form = form.text("languages[]", request.language.clone());
        }
        for keyword in keywords(&request.keywords) {
            form = form.text("keywords[]", keyword);
        }
        match request.previous_text.as_ref().map(|text| last_words(text.as_str())) {
            Some(prompt) if !prompt.is_empty() => form.text("prompt", prompt),
            _ => form,
        }
    }
}

#[async_trait]
impl SpeechToText for OpenAiSpeech {
    fn provider(&self) -> &'static str {
        "openai"
    }

    fn model(&self) -> &str {
        &self.model
    }

    async fn transcribe(&self, request: &SpeechRequest) -> Result<Heard, ProviderError> {
        let call = self.server.post("/v1/audio/transcriptions").multipart(self.form(request));
        let answer: Answer = self.server.send(call).await?;
        Ok(Heard { text: PatientText::from(answer.text.trim()) })
    }
}

/// Single-line literals without angle brackets, each once.
fn keywords(words: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for word in words {
        let word: String = word.chars().filter(|c| !matches!(c, '<' | '>')).collect();
        let word = word.split_whitespace().collect::<Vec<_>>().join(" ");
        let fits = !word.is_empty()
            && word.chars().count() <= MAX_KEYWORD_CHARACTERS
            && !word.chars().any(char::is_control);
        if fits && kept.len() < MAX_KEYWORDS && !kept.contains(&word) {
            kept.push(word);
        }
    }
    kept
}

fn last_words(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words[words.len().saturating_sub(MAX_PROMPT_WORDS)..].join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_keyword_can_spoil_the_request() {
        let words =
            ["metoprolol", "Dr.\nOkafor", "<b>", "", "metoprolol", "x\u{0}y", &"a".repeat(61)];
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        assert_eq!(keywords(&words), ["metoprolol", "Dr. Okafor", "b"]);
        let many: Vec<String> = (0..300).map(|n| format!("word{n}")).collect();
        assert_eq!(keywords(&many).len(), MAX_KEYWORDS);
    }

    #[test]
    fn the_prompt_is_the_last_hundred_and_fifty_words() {
        let text: Vec<String> = (0..200).map(|n| n.to_string()).collect();
        let prompt = last_words(&text.join(" "));
        assert_eq!(prompt.split(' ').count(), MAX_PROMPT_WORDS);
        assert!(prompt.starts_with("50 ") && prompt.ends_with(" 199"));
    }
}
