//! One recording's life: recorded, killed, killed again while it recovers, recovered, compared.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::plan::{Phase, Plan};
use super::program::{Program, acknowledged_ms};
use super::random::Random;
use super::source::RATE;
use super::speaker::{Speaker, wait_until};

/// What came of it.
pub(super) struct Life {
    pub(super) id: String,
    pub(super) phase: Phase,
    pub(super) speed: f64,
    /// False: the recording had ended before the kill fell.
    pub(super) killed: bool,
    /// Samples by our clock when the kill fell, or Stop: what is owed.
    pub(super) spoken: usize,
    /// Samples by our clock when the kill fell: more there cannot be.
    pub(super) spoken_at_kill: usize,
    pub(super) acknowledged_ms: u64,
    pub(super) recovered: usize,
    pub(super) recovery_kills: u64,
    /// What must not be, in words.
    pub(super) problems: Vec<String>,
}

/// Lives it.
pub(super) fn live(
    program: &Program,
    source: &Arc<Vec<i16>>,
    plan: &Plan,
    random: &mut Random,
) -> Result<Life> {
    let mut life = record(program, source, plan)?;
    for _ in 0..plan.recovery_kills {
        life.recovery_kills += u64::from(kill_while_opening(program, random)?);
    }
    let listed = program.list().context("the program does not start again")?;
    check_state(&mut life, &listed);
    let samples = program.export(&life.id)?;
    life.recovered = samples.len();
    check_samples(&mut life, &samples, source);
    Ok(life)
}

/// Records until the kill.
fn record(program: &Program, source: &Arc<Vec<i16>>, plan: &Plan) -> Result<Life> {
    let (mut recording, input) = program.record()?;
    let Some(id) = recording.begun() else {
        let status = recording.child.wait()?;
        anyhow::bail!("the program does not record: {status}");
    };
    let speaker = Speaker::start(source, source.len(), plan.speed, input);
    let then = speaker.time_of(plan.at);
    wait_until(then);
    let stopped = Instant::now();
    if plan.phase == Phase::Stop {
        let pid = recording.child.id().to_string();
        Command::new("kill").args(["-s", "TERM", &pid]).status()?;
    }
    wait_until(Instant::now() + plan.linger);
    let over = recording.child.try_wait()?;
    let killed = Instant::now();
    recording.child.kill()?;
    let status = recording.child.wait()?;
    let spoken_at_kill = speaker.spoken(killed);
    let spoken = if plan.phase == Phase::Stop { speaker.spoken(stopped) } else { spoken_at_kill };
    speaker.hush();
    let acknowledged_ms = acknowledged_ms(&recording.lines()?);
    let mut problems = Vec::new();
    if let Some(status) = over.filter(|status| !status.success()) {
        problems.push(format!("the program ended by itself: {status}"));
    }
    let (id, phase, speed) = (id.text, plan.phase, plan.speed);
    let killed = !status.success();
    let (recovered, recovery_kills) = (0, 0);
    Ok(Life {
        id,
        phase,
        speed,
        killed,
        spoken,
        spoken_at_kill,
        acknowledged_ms,
        recovered,
        recovery_kills,
        problems,
    })
}

/// Starts the program and kills it while it opens its recordings; false when it was quicker.
pub(super) fn kill_while_opening(program: &Program, random: &mut Random) -> Result<bool> {
    let mut command = program.command("list");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    wait_until(Instant::now() + Duration::from_secs_f64(random.between(0.0, 0.25)));
    child.kill()?;
    Ok(!child.wait()?.success())
}

fn check_state(life: &mut Life, listed: &[Value]) {
    match listed.iter().find(|row| row["id"] == life.id.as_str()) {
        None => life.problems.push("the recording is gone".to_owned()),
        Some(row) if life.killed && life.phase != Phase::Stop && row["recovered"] != true => {
            life.problems.push("it is not shown as recovered".to_owned());
        }
        Some(_) => {}
    }
    if listed.iter().any(|row| row["state"] == "recording") {
        life.problems.push("a recording was left unfinished".to_owned());
    }
}

fn check_samples(life: &mut Life, samples: &[i16], source: &[i16]) {
    if let Err(difference) = same_as_spoken(samples, source) {
        life.problems.push(difference.to_string());
    }
    if samples.len() > life.spoken_at_kill {
        life.problems.push(format!("{} samples of {} spoken", samples.len(), life.spoken_at_kill));
    }
    let recovered_ms = samples.len() as u64 * 1_000 / u64::from(RATE);
    if recovered_ms < life.acknowledged_ms {
        let said = life.acknowledged_ms;
        life.problems.push(format!("{recovered_ms} ms recovered of {said} ms acknowledged"));
    }
}

/// Every sample is the source's at this place.
pub(super) fn same_as_spoken(samples: &[i16], source: &[i16]) -> Result<()> {
    let differs = samples.iter().zip(source).position(|(heard, spoken)| heard != spoken);
    if let Some(at) = differs {
        anyhow::bail!("sample {at} is {}, {} was spoken", samples[at], source[at]);
    }
    ensure!(samples.len() <= source.len(), "longer than the source");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::same_as_spoken;

    #[test]
    fn a_sample_that_is_missing_changed_or_too_many_is_found() {
        let source = [1, 2, 3, 4, 5];
        assert!(same_as_spoken(&[1, 2, 3], &source).is_ok(), "the end may be lost");
        assert!(same_as_spoken(&[], &source).is_ok());
        assert!(same_as_spoken(&[1, 3, 4], &source).is_err(), "missing in the middle");
        assert!(same_as_spoken(&[1, 2, 2, 3], &source).is_err(), "twice");
        assert!(same_as_spoken(&[1, 2, 3, 4, 5, 6], &source).is_err(), "more than there was");
    }
}
