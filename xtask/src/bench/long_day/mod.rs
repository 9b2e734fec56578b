//! `bench long-day`: hours of speech in a fraction of the time; memory, the database's size, and the start after it.

mod memory;
mod starts;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;

use self::memory::Memory;
use crate::soak::{self, Program, SOURCE_RATE, Speaker, wait_until};
use crate::step::human;
use crate::{paths, run, setup};

#[derive(Args)]
pub(crate) struct Options {
    /// Hours of speech.
    #[arg(long, value_name = "H", default_value_t = 8.0)]
    hours: f64,
    /// So many times faster than it was spoken.
    #[arg(long, value_name = "N", default_value_t = 30.0)]
    speed: f64,
    /// Recordings that are there at the start whose time is taken.
    #[arg(long, value_name = "N", default_value_t = 500)]
    recordings: usize,
    /// The program as the dev profile builds it: to try this bench, not for figures.
    #[arg(long)]
    dev: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { hours: 8.0, speed: 30.0, recordings: 500, dev: false }
    }
}

/// How often memory is looked at.
const EVERY: Duration = Duration::from_secs(2);
/// What the database may be larger than its audio.
const TARGET_PERCENT: f64 = 10.0;
/// What a start with 500 recordings may take.
const START_TARGET: Duration = Duration::from_secs(1);

/// Records the long day, then starts with many recordings.
pub(crate) fn run(options: &Options) -> Result<()> {
    let profile = if options.dev { paths::Profile::Dev } else { paths::Profile::Release };
    super::build_programs(profile, false)?;
    let folder = paths::target().join("xtask/long-day");
    let _ = fs::remove_dir_all(&folder);
    let recorder = paths::built(profile, "medrecord-recorder");
    let sizes = paths::built(profile, "examples/audio_bytes");

    let day = Program::new(recorder.clone(), folder.join("day"))?;
    long_day(&day, &sizes, options)?;
    let many = Program::new(recorder, folder.join("many"))?;
    starts::run(&many, options.recordings)?;
    fs::remove_dir_all(&folder).context("tidy up")
}

fn long_day(program: &Program, sizes: &Path, options: &Options) -> Result<()> {
    let voice = Arc::new(soak::voice(&setup::speech_recordings()?)?);
    let samples = (options.hours * 3_600.0 * f64::from(SOURCE_RATE)) as usize;
    // It would end by itself in the middle.
    let (mut recording, input) = program.record_with(&["--cap", "0"])?;
    let id = recording.begun().context("the recorder does not record")?.text;
    let pid = recording.child.id();
    let begun = Instant::now();
    let speaker = Speaker::start(&voice, samples, options.speed, input);
    let mut memory = Memory::default();
    // Ends with the speech.
    while recording.child.try_wait()?.is_none() {
        memory.look(pid, program.folder());
        wait_until(Instant::now() + EVERY);
    }
    let took = begun.elapsed();
    speaker.hush();
    ensure!(recording.child.wait()?.success(), "the recorder did not end well");
    let row = program.list()?.into_iter().find(|row| row["id"] == id.as_str());
    let recorded_ms = row.context("the recording is gone")?["duration_ms"].as_u64();
    ensure!(recorded_ms == Some(samples as u64 / 16), "{recorded_ms:?} ms were recorded");

    println!("\n{} h of speech at {} × in {}\n", options.hours, options.speed, human(took));
    memory.print();
    let audio = audio_bytes(program, sizes)? as f64;
    let database = memory::database_bytes(program.folder()) as f64;
    let more = (database / audio - 1.0) * 100.0;
    println!(
        "  database {:.1} MB, its audio {:.1} MB: {more:.1} % more (target: at most {TARGET_PERCENT} %)",
        memory::megabytes(database),
        memory::megabytes(audio)
    );
    Ok(())
}

fn audio_bytes(program: &Program, sizes: &Path) -> Result<u64> {
    let mut command = run::command(sizes);
    command.arg(program.folder().join("data")).arg(program.folder().join("key"));
    run::stdout(&mut command)?.parse().context("the bytes of audio")
}
