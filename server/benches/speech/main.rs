//! Word errors of the built-in engine, per recording and in total.
//!
//! `cargo xtask bench speech`, or with folders of NAME.wav or NAME.flac beside NAME.txt (what is said):
//! `cargo bench --profile dev -p medrecord-server --bench speech -- FOLDER…`, with `--vocabulary FILE` and
//! `--print` (the text heard). The model is the one in SPEECH_MODEL_DIR.

mod hearing;
mod words;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use medrecord_common::audio::SAMPLE_RATE;
use medrecord_server::speech::SpeechToText;
use medrecord_server::speech::local::LocalSpeech;

use self::words::Errors;

#[derive(Default)]
struct Wishes {
    folders: Vec<PathBuf>,
    keywords: Vec<String>,
    print: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let wishes = wishes()?;
    let model = std::env::var("SPEECH_MODEL_DIR").context("SPEECH_MODEL_DIR is not set")?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let engine = LocalSpeech::open(Path::new(&model), cores)?;
    println!("{} on {cores} cores, {} words of vocabulary", engine.model(), wishes.keywords.len());
    println!(
        "{:<28} {:>6} {:>6} {:>8} {:>9}",
        "recording", "words", "wrong", "errors", "of length"
    );
    let mut all = Vec::new();
    for folder in &wishes.folders {
        for (recording, text) in recordings(folder)? {
            all.push(measure(&engine, &recording, &text, &wishes).await?);
        }
    }
    let total: Errors = all.into_iter().sum();
    println!("{:<28} {:>6} {:>6} {:>6.1} %", "total", total.words, total.wrong, total.percent());
    Ok(())
}

async fn measure(
    engine: &dyn SpeechToText,
    recording: &Path,
    text: &Path,
    wishes: &Wishes,
) -> Result<Errors> {
    let pcm = hearing::pcm(recording)?;
    let segments = hearing::segments(&pcm);
    let began = Instant::now();
    let texts = hearing::texts(engine, &segments, &wishes.keywords).await?;
    let share = began.elapsed().as_secs_f64() * f64::from(SAMPLE_RATE) / pcm.len() as f64;
    let said = std::fs::read_to_string(text).with_context(|| text.display().to_string())?;
    let errors = Errors::between(&said, &texts.join(" "));
    let name = recording.file_stem().unwrap_or_default().to_string_lossy();
    let Errors { words, wrong } = errors;
    println!("{name:<28} {words:>6} {wrong:>6} {:>6.1} % {share:>9.2}", errors.percent());
    if wishes.print {
        texts.iter().for_each(|text| println!("  | {text}"));
    }
    Ok(errors)
}

/// NAME.wav and NAME.flac that have a NAME.txt beside them, in order of their names.
fn recordings(folder: &Path) -> Result<Vec<(PathBuf, PathBuf)>> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let audio =
            path.extension().is_some_and(|extension| extension == "wav" || extension == "flac");
        let text = path.with_extension("txt");
        if audio && text.is_file() {
            found.push((path, text));
        }
    }
    if found.is_empty() {
        bail!("{}: no NAME.wav or NAME.flac with a NAME.txt beside it", folder.display());
    }
    found.sort();
    Ok(found)
}

fn wishes() -> Result<Wishes> {
    let mut wishes = Wishes::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            // Cargo's own.
            "--bench" => {}
            "--print" => wishes.print = true,
            "--vocabulary" => {
                let path = arguments.next().context("--vocabulary FILE")?;
                let words = std::fs::read_to_string(&path).context(path)?;
                wishes.keywords = words.lines().map(str::to_owned).collect();
            }
            folder => wishes.folders.push(folder.into()),
        }
    }
    if wishes.folders.is_empty() {
        bail!("name at least one folder of recordings with their texts");
    }
    Ok(wishes)
}
