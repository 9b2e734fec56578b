//! A workstation of the soak: one program, one folder, one kill after the other, and all looked at again at the end.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::Result;

use super::life::{self, Life};
use super::plan;
use super::program::Program;
use super::random::Random;

/// One start in so many is killed before it says that it records.
const STARTS: u64 = 8;

/// What all workstations share.
pub(super) struct Shared {
    pub(super) source: Arc<Vec<i16>>,
    pub(super) cuts: Vec<f64>,
    /// Kills that have been handed out.
    pub(super) taken: AtomicUsize,
    pub(super) kills: usize,
    pub(super) deadline: Instant,
}

/// What came of a workstation.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) lives: Vec<Life>,
    pub(super) start_kills: u64,
    /// Recordings that were exported and compared once more at the end.
    pub(super) compared_again: usize,
    pub(super) problems: Vec<String>,
}

/// Until all kills are done or the time is over. The first problem ends it: the folder is as it was found.
pub(super) fn run(program: &Program, shared: &Shared, mut random: Random) -> Outcome {
    let mut outcome = Outcome::default();
    let result = kills(program, shared, &mut random, &mut outcome)
        .and_then(|()| look_again(program, shared, &mut outcome));
    if let Err(error) = result {
        outcome.problems.push(format!("{error:#}"));
    }
    outcome
}

fn kills(
    program: &Program,
    shared: &Shared,
    random: &mut Random,
    outcome: &mut Outcome,
) -> Result<()> {
    while shared.taken.fetch_add(1, Ordering::Relaxed) < shared.kills {
        loop {
            if Instant::now() >= shared.deadline {
                return Ok(());
            }
            if random.next().is_multiple_of(STARTS) {
                outcome.start_kills += u64::from(kill_while_starting(program, random)?);
            }
            let plan = plan::next(random, &shared.cuts);
            let life = life::live(program, &shared.source, &plan, random)?;
            let (killed, sound) = (life.killed, life.problems.is_empty());
            outcome.lives.push(life);
            if !sound {
                return Ok(());
            }
            // One that had ended before its kill does not count.
            if killed {
                break;
            }
        }
    }
    Ok(())
}

/// `record`, killed within the time in which it opens and begins.
fn kill_while_starting(program: &Program, random: &mut Random) -> Result<bool> {
    let (mut recording, input) = program.record()?;
    let within = random.between(0.0, 0.1);
    super::speaker::wait_until(Instant::now() + std::time::Duration::from_secs_f64(within));
    recording.child.kill()?;
    let killed = !recording.child.wait()?.success();
    drop(input);
    Ok(killed && recording.lines()?.is_empty())
}

/// No later kill has harmed an earlier recording.
fn look_again(program: &Program, shared: &Shared, outcome: &mut Outcome) -> Result<()> {
    let lengths: HashMap<_, _> =
        outcome.lives.iter().map(|life| (life.id.as_str(), life.recovered)).collect();
    let mut found = 0;
    for row in program.list()? {
        let id = row["id"].as_str().unwrap_or_default();
        let samples = program.export(id)?;
        let same = life::same_as_spoken(&samples, &shared.source);
        let length = lengths.get(id);
        found += usize::from(length.is_some());
        if row["state"] == "recording" || length.is_some_and(|&length| length != samples.len()) {
            outcome.problems.push(format!("{id} has changed after it was recovered"));
        }
        if let Err(difference) = same {
            outcome.problems.push(format!("{id}: {difference}"));
        }
        outcome.compared_again += 1;
    }
    if found != lengths.len() {
        outcome.problems.push(format!("{} recordings are gone", lengths.len() - found));
    }
    Ok(())
}
