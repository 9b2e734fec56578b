//! How long a start takes when many recordings are there, one of them unfinished.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::START_TARGET;
use crate::setup;
use crate::soak::{Program, Speaker, voice, wait_until};
use crate::step::step;

const TIMES: usize = 7;
/// Of speech in the recording that is killed: cuts and chunks are there.
const KILLED_AFTER: Duration = Duration::from_secs(12);

/// Makes the recordings with the program itself, then takes the time of whole starts, from the program's start to its end.
pub(super) fn run(program: &Program, recordings: usize) -> Result<()> {
    let speech = setup::speech_recordings()?;
    step(&format!("make {recordings} recordings"), || {
        for _ in 0..recordings {
            program.run(program.command("import").arg(speech.join("two_cities.wav")))?;
        }
        Ok(())
    })?;
    kill_one(program, &speech)?;
    let recovering = time(program, recordings + 1)?;
    let mut times = Vec::new();
    for _ in 0..TIMES {
        times.push(time(program, recordings + 1)?);
    }
    times.sort();
    println!(
        "  start with {recordings} recordings (the whole of `list`): median {} ms, slowest {} ms of {TIMES};",
        times[TIMES / 2].as_millis(),
        times[TIMES - 1].as_millis()
    );
    println!(
        "  with one more to be recovered: {} ms (target: under {} ms)",
        recovering.as_millis(),
        START_TARGET.as_millis()
    );
    Ok(())
}

fn kill_one(program: &Program, speech: &std::path::Path) -> Result<()> {
    let (mut recording, input) = program.record()?;
    ensure!(recording.begun().is_some(), "the recorder does not record");
    let source = std::sync::Arc::new(voice(speech)?);
    let speaker = Speaker::start(&source, source.len(), 4.0, input);
    wait_until(Instant::now() + KILLED_AFTER / 4);
    recording.child.kill()?;
    recording.child.wait()?;
    speaker.hush();
    Ok(())
}

fn time(program: &Program, expected: usize) -> Result<Duration> {
    let begun = Instant::now();
    let listed = program.list()?;
    let took = begun.elapsed();
    ensure!(listed.len() == expected, "{} recordings of {expected}", listed.len());
    Ok(took)
}
