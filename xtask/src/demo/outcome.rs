//! What came of a recording: its segments with their text, the note with its evidence, or the reason why there is none.

use std::fmt::Write;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::api::Api;

/// How long each part took.
pub(crate) struct Timings {
    started: Instant,
    last: Instant,
    laps: Vec<(&'static str, Duration)>,
}

impl Timings {
    pub(crate) fn start() -> Self {
        let now = Instant::now();
        Self { started: now, last: now, laps: Vec::new() }
    }

    /// Ends a part.
    pub(crate) fn lap(&mut self, name: &'static str) {
        let now = Instant::now();
        self.laps.push((name, now - self.last));
        self.last = now;
    }

    pub(crate) fn total(&self) -> Duration {
        self.started.elapsed()
    }
}

/// The server's answers about one recording.
pub(crate) struct Outcome {
    recording: Value,
    transcript: Value,
    note: Option<Value>,
}

/// Reads them.
pub(crate) fn read(api: &Api, id: &str) -> Result<Outcome> {
    let recording = api.get(&format!("recordings/{id}"))?;
    let transcript = api.get(&format!("recordings/{id}/transcript"))?;
    let note = if recording["note"].is_null() {
        None
    } else {
        Some(api.get(&format!("recordings/{id}/note"))?)
    };
    Ok(Outcome { recording, transcript, note })
}

/// The result as the project's scripts read it.
pub(crate) fn json(outcome: &Outcome, timings: &Timings) -> Value {
    let segments: Vec<_> = list(&outcome.transcript["segments"])
        .iter()
        .map(|segment| pick(segment, &["seq", "start_ms", "duration_ms", "speech_ms", "text"]))
        .collect();
    let note = outcome.note.as_ref().map_or(Value::Null, |note| {
        let sections = list(&note["content"]["sections"]).iter().map(|section| {
            let sentences = list(&section["sentences"]);
            let sentences: Vec<_> =
                sentences.iter().map(|sentence| pick(sentence, &["text", "evidence"])).collect();
            json!({ "title": section["title"], "sentences": sentences })
        });
        json!({ "template": note["content"]["template"], "sections": sections.collect::<Vec<_>>() })
    });
    let mut times = Map::new();
    for (name, took) in &timings.laps {
        times.insert((*name).to_owned(), millis(*took));
    }
    times.insert("total".to_owned(), millis(timings.total()));
    json!({
        "recording": outcome.recording["id"],
        "duration_ms": outcome.recording["duration_ms"],
        "segments": segments,
        "note": note,
        "reason": outcome.recording["reason"],
        "timings_ms": times,
    })
}

/// The note for a person: headings, sentences, and the stretch of the recording that each rests on.
pub(crate) fn printed(outcome: &Outcome) -> String {
    let id = outcome.recording["id"].as_str().unwrap_or_default();
    let length = clock(&outcome.recording["duration_ms"]);
    let Some(note) = &outcome.note else {
        let reason = outcome.recording["reason"].as_str().unwrap_or("the server gave no reason");
        return format!("No note for recording {id} ({length}): {reason}");
    };
    let template = note["content"]["template"].as_str().unwrap_or_default().replace('_', " ");
    let mut text = format!("{} from recording {id} ({length})\n", capitalised(&template));
    for section in list(&note["content"]["sections"]) {
        let _ =
            write!(text, "\n{}\n", section["title"].as_str().unwrap_or_default().to_uppercase());
        for sentence in list(&section["sentences"]) {
            let _ = writeln!(text, "  {}", sentence["text"].as_str().unwrap_or_default());
            let _ = writeln!(text, "      {}", evidence(outcome, &sentence["evidence"]));
        }
    }
    text
}

/// `segments 1, 2 · 0:14–0:41`
fn evidence(outcome: &Outcome, evidence: &Value) -> String {
    let cited: Vec<_> = list(evidence).iter().filter_map(|cited| cited["seq"].as_u64()).collect();
    let segments = list(&outcome.transcript["segments"]);
    let spans = segments
        .iter()
        .filter(|segment| segment["seq"].as_u64().is_some_and(|seq| cited.contains(&seq)));
    let spans: Vec<_> = spans
        .filter_map(|segment| {
            Some((segment["start_ms"].as_u64()?, segment["duration_ms"].as_u64()?))
        })
        .collect();
    let (Some(first), Some(last)) = (spans.first(), spans.last()) else {
        return "no evidence".to_owned();
    };
    let numbers = cited.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let word = if cited.len() == 1 { "segment" } else { "segments" };
    format!("{word} {numbers} · {}–{}", clock(&json!(first.0)), clock(&json!(last.0 + last.1)))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn pick(value: &Value, names: &[&str]) -> Value {
    names
        .iter()
        .map(|name| ((*name).to_owned(), value[*name].clone()))
        .collect::<Map<_, _>>()
        .into()
}

fn millis(time: Duration) -> Value {
    json!(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

fn clock(milliseconds: &Value) -> String {
    let seconds = milliseconds.as_u64().unwrap_or(0) / 1000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
