//! `bench`: what is measured, and how. Those of the server live in server/benches.

mod cheap;
mod long_day;
mod upload;
pub(crate) mod usage;
mod voice;

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use clap::Subcommand;

use crate::postgres::{Cluster, Durability};
use crate::{paths, run, setup};

#[derive(Subcommand)]
pub(crate) enum Which {
    /// Word errors of the built-in engine on recordings of people and on spoken notes.
    Speech,
    /// Time from Stop to receipt and to transcript, beside "upload whole, then transcribe".
    StopToTranscript,
    /// Bytes on the wire a minute of speech, beside the FLAC as one file; lasts ten minutes.
    Wire,
    /// What receiving a gigabyte costs the server, beside two tus servers; then 2,000 recorders at once.
    Upload,
    /// CPU and memory while recording, beside parecord and beside the smallest Tauri window.
    Cheap(cheap::Options),
    /// Hours of speech: memory, the database's size, and the start with many recordings.
    LongDay(long_day::Options),
}

/// Runs one benchmark, or all.
pub(crate) fn run(which: Option<Which>) -> Result<()> {
    setup::run(setup::Scope::Everything)?;
    let all = || {
        let (cheap, long_day) = (Which::Cheap(Default::default()), Default::default());
        vec![
            Which::Speech,
            Which::StopToTranscript,
            Which::Wire,
            Which::Upload,
            cheap,
            Which::LongDay(long_day),
        ]
    };
    for which in which.map_or_else(all, |one| vec![one]) {
        match which {
            Which::Speech => speech()?,
            Which::StopToTranscript => stop_to_transcript(&[])?,
            Which::Wire => stop_to_transcript(&["--", "wire"])?,
            Which::Upload => upload::run()?,
            Which::Cheap(options) => cheap::run(&options)?,
            Which::LongDay(options) => long_day::run(&options)?,
        }
    }
    Ok(())
}

/// Three sets, each with its total: people reading, notes in a synthetic voice, the sample with its vocabulary.
fn speech() -> Result<()> {
    let fixtures = paths::root().join("fixtures");
    let people = setup::speech_recordings()?;
    voice::put_texts_beside(&fixtures.join("speech"), &people)?;
    let notes = voice::speak_notes()?;
    let vocabulary = fixtures.join("demo-vocabulary.txt");
    for (title, folder, vocabulary) in [
        ("People reading", people.as_path(), None),
        ("Five ACI-Bench notes, spoken by Piper", notes.as_path(), None),
        ("The sample, with the demo clinician's vocabulary", fixtures.as_path(), Some(vocabulary)),
    ] {
        println!("\n{title}");
        let mut cargo = target("speech");
        cargo.arg("--").arg(folder).env("SPEECH_MODEL_DIR", model()?);
        if let Some(vocabulary) = vocabulary {
            cargo.arg("--vocabulary").arg(vocabulary);
        }
        run::shown(&mut cargo)?;
    }
    Ok(())
}

fn stop_to_transcript(arguments: &[&str]) -> Result<()> {
    let cluster = Cluster::start(&paths::target().join("xtask/bench-postgres"), Durability::Kept)?;
    let mut cargo = target("stop_to_transcript");
    cargo
        .args(arguments)
        .env("DATABASE_URL", cluster.url("postgres"))
        .env("SPEECH_MODEL_DIR", model()?);
    run::shown(&mut cargo)
}

/// In the dev profile, whose hot packages are optimised: nothing is built twice.
fn target(name: &str) -> Command {
    run::cargo(&["bench", "--quiet", "--profile", "dev", "-p", "medrecord-server", "--bench", name])
}

/// The model that is measured: another one by setting.
fn model() -> Result<std::path::PathBuf> {
    let other = std::env::var_os("SPEECH_MODEL_DIR").map(|dir| Path::new(&dir).to_path_buf());
    other.map_or_else(paths::speech_model, Ok)
}

/// The recorder and what is measured beside it; with the windows when asked for.
fn build_programs(profile: paths::Profile, windows: bool) -> Result<()> {
    let mut cargo = run::cargo(&["build", "-p", "medrecord-recorder", "--bins", "--examples"]);
    if windows {
        crate::build::pages()?;
        cargo.args(["-p", "medrecord-desktop"]);
    }
    run::shown(cargo.args(profile.argument()))
}
