//! `demo --once` on files of every kind: the shipped sample, other formats, silence, and what is no audio at all.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::step::Steps;
use crate::{paths, run};

/// What must be right in the sample's note: five drugs, a diagnosis, a finding.
const TERMS: [&str; 7] = [
    "metformin",
    "lisinopril",
    "atorvastatin",
    "metoprolol",
    "rosuvastatin",
    "angina",
    "hemoglobin",
];
/// The headings that are spoken in it.
const HEADINGS: [&str; 4] = ["subjective", "objective", "assessment", "plan"];

/// Other formats of the sample, as sox makes them: name, arguments for the output.
const FORMATS: [(&str, &[&str]); 3] = [
    ("8 kHz mono", &["-r", "8000", "-c", "1", "-b", "16"]),
    ("44.1 kHz stereo 24 bit", &["-r", "44100", "-c", "2", "-b", "24"]),
    ("48 kHz float", &["-r", "48000", "-e", "floating-point", "-b", "32"]),
];

/// Takes them all through the demo, in one folder.
pub(crate) fn run(steps: &mut Steps) -> Result<()> {
    let folder = paths::target().join("xtask/samples");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    steps.check("demo: the shipped sample", || whole_sample(&folder));
    for (name, format) in FORMATS {
        steps.check(&format!("demo: {name}"), || other_format(&folder, format));
    }
    steps.check("demo: silence", || silence(&folder));
    let random = fs::read("/proc/sys/kernel/random/uuid")?.repeat(2_000);
    for (name, bytes) in [("an empty file", Vec::new()), ("random bytes", random)] {
        steps.check(&format!("demo: {name}"), || no_audio(&folder, &bytes));
    }
    Ok(())
}

fn whole_sample(folder: &Path) -> Result<()> {
    let result = result(folder, None)?;
    let sections = list(&result["note"]["sections"]);
    let titles: Vec<_> =
        sections.iter().map(|section| text(&section["title"]).to_lowercase()).collect();
    for heading in HEADINGS {
        ensure!(titles.iter().any(|title| title == heading), "no section {heading}: {titles:?}");
    }
    let sentences: Vec<_> =
        sections.iter().flat_map(|section| list(&section["sentences"])).collect();
    ensure!(!sentences.is_empty(), "the note has no sentences");
    for sentence in &sentences {
        ensure!(!list(&sentence["evidence"]).is_empty(), "without evidence: {}", sentence["text"]);
    }
    let note = sentences
        .iter()
        .map(|sentence| text(&sentence["text"]).to_lowercase())
        .collect::<Vec<_>>()
        .join(" ");
    for term in TERMS {
        ensure!(note.contains(term), "{term} is not in the note: {note}");
    }
    Ok(())
}

/// The words come through: most of those of the whole sample's start.
fn other_format(folder: &Path, format: &[&str]) -> Result<()> {
    let wav = folder.join("other.wav");
    let mut sox = run::command("sox");
    // The first half minute is enough to hear whether the format was read rightly.
    run::quiet(
        sox.arg("fixtures/progress-note.flac").args(format).arg(&wav).args(["trim", "0", "32"]),
    )?;
    let result = result(folder, Some(&wav))?;
    let heard = list(&result["segments"])
        .iter()
        .map(|s| text(&s["text"]).to_lowercase())
        .collect::<Vec<_>>()
        .join(" ");
    for word in ["hypertension", "diabetes", "chest", "tightness", "stairs"] {
        ensure!(heard.contains(word), "{word} did not come through: {heard}");
    }
    ensure!(!result["note"].is_null(), "no note: {}", result["reason"]);
    Ok(())
}

fn silence(folder: &Path) -> Result<()> {
    let wav = folder.join("silence.wav");
    run::quiet(
        run::command("sox")
            .args(["-n", "-r", "16000", "-c", "1", "-b", "16"])
            .arg(&wav)
            .args(["trim", "0", "12"]),
    )?;
    let result = result(folder, Some(&wav))?;
    ensure!(result["note"].is_null(), "a note was made of silence: {}", result["note"]);
    ensure!(!text(&result["reason"]).is_empty(), "no reason is given");
    for segment in list(&result["segments"]) {
        ensure!(
            text(&segment["text"]).is_empty(),
            "silence was given the text {}",
            segment["text"]
        );
    }
    Ok(())
}

/// Refused with one sentence, an exit code, and no stack trace.
fn no_audio(folder: &Path, bytes: &[u8]) -> Result<()> {
    let wav = folder.join("no-audio.wav");
    fs::write(&wav, bytes)?;
    let (status, output) = run::finish(&mut demo(folder, Some(&wav), &folder.join("no.json")))?;
    ensure!(
        status.code() == Some(1),
        "exit code {:?} for a file that is no audio:\n{output}",
        status.code()
    );
    let errors: Vec<_> = output.lines().filter(|line| line.starts_with("error: ")).collect();
    ensure!(errors.len() == 1, "not one sentence:\n{output}");
    for sign in ["panicked", "backtrace", "   0: "] {
        ensure!(!output.contains(sign), "a stack trace:\n{output}");
    }
    Ok(())
}

fn result(folder: &Path, wav: Option<&Path>) -> Result<Value> {
    let json = folder.join("result.json");
    let _ = fs::remove_file(&json);
    run::quiet(&mut demo(folder, wav, &json))?;
    serde_json::from_slice(&fs::read(&json)?).context("the demo's JSON")
}

/// Another process, as a person starts it: exit code and output are part of what is tested.
fn demo(folder: &Path, wav: Option<&Path>, json: &Path) -> Command {
    let mut demo = run::command(us());
    demo.args(["demo", "--once", "--built", "--data"])
        .arg(folder.join("home"))
        .arg("--json")
        .arg(json);
    if let Some(wav) = wav {
        demo.arg("--wav").arg(wav);
    }
    demo
}

fn us() -> PathBuf {
    paths::program("xtask")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
