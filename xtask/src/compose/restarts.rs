//! Every container is restarted and killed in turn while workstations send: nothing is lost, nothing is there twice.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::recording::{Clinician, short_sample};
use super::stack::{SERVICES, Stack};
use super::wait::{pause, wait_until};
use super::workstation::Workstation;
use crate::run;

const WORKSTATIONS: usize = 3;
/// Load before and after each blow.
const BETWEEN: Duration = Duration::from_secs(4);

/// Restarts everything under load and counts.
pub(crate) fn run(stack: &Stack<'_>, clinician: &Clinician) -> Result<()> {
    let workstations = (0..WORKSTATIONS)
        .map(|number| clinician.workstation(stack, &format!("load-{number}")))
        .collect::<Result<Vec<_>>>()?;
    let (ended, refused) = (AtomicBool::new(false), AtomicU64::new(0));
    let sample = short_sample();
    std::thread::scope(|scope| {
        let senders: Vec<_> = workstations
            .iter()
            .map(|workstation| scope.spawn(|| send(workstation, &sample, &ended, &refused)))
            .collect();
        let blows = blows(stack);
        ended.store(true, Ordering::Relaxed);
        for sender in senders {
            sender.join().expect("invariant: senders do not panic")?;
        }
        blows
    })?;
    count(stack, &workstations, refused.load(Ordering::Relaxed))
}

/// Records and sends, again and again; what does not go through is sent by the next pass.
fn send(
    workstation: &Workstation,
    sample: &Path,
    ended: &AtomicBool,
    refused: &AtomicU64,
) -> Result<()> {
    while !ended.load(Ordering::Relaxed) {
        workstation.import(sample)?;
        if workstation.sync().is_err() {
            refused.fetch_add(1, Ordering::Relaxed);
        }
        pause(Duration::from_millis(500));
    }
    wait_until("everything is sent", Duration::from_secs(180), || {
        let _ = workstation.sync();
        let (_, segments, sent) = workstation.counts()?;
        Ok(segments == sent)
    })
    .map(drop)
}

fn blows(stack: &Stack<'_>) -> Result<()> {
    for service in SERVICES {
        pause(BETWEEN);
        run::quiet(stack.compose().args(["restart", service]))?;
        let restarted = stack.until_healthy(service)?;
        pause(BETWEEN);
        kill(stack, service)?;
        let killed = stack.until_healthy(service)?;
        println!(
            "  {service}: healthy {:.1} s after a restart, {:.1} s after a kill",
            restarted.as_secs_f64(),
            killed.as_secs_f64()
        );
    }
    pause(BETWEEN);
    Ok(())
}

/// As a crash: the engine's own `kill` would count as a wish that it stay down.
fn kill(stack: &Stack<'_>, service: &str) -> Result<()> {
    let id = stack.container(service)?;
    let pid = || {
        let mut inspect = stack.engine.docker();
        run::stdout(inspect.args(["inspect", "--format", "{{.State.Pid}}", &id]))
    };
    let before = pid()?;
    run::stdout(run::command("kill").args(["-s", "KILL", &before])).context("kill")?;
    wait_until(&format!("{service} runs again"), Duration::from_secs(60), || {
        let now = pid()?;
        Ok(now != before && now != "0")
    })
    .map(drop)
}

/// What the workstations have, what the database has, and what lies on the disk: one number.
fn count(stack: &Stack<'_>, workstations: &[Workstation], refused: u64) -> Result<()> {
    let (mut recordings, mut segments) = (0, 0);
    for workstation in workstations {
        let (its_recordings, its_segments, sent) = workstation.counts()?;
        ensure!(
            its_segments == sent,
            "{} of {its_segments} segments were not sent",
            its_segments - sent
        );
        recordings += its_recordings;
        segments += its_segments;
    }
    let of_load = "select id from recording where device_id in (select id from device where name like 'load-%')";
    let rows =
        stack.query(&format!("select count(*) from segment where recording_id in ({of_load})"))?;
    let stored = stack.query(&format!("select count(*) from ({of_load}) as stored"))?;
    let verified = stack.exec("server", &["medrecord-server", "audit", "verify"])?;
    println!(
        "  {recordings} recordings, {segments} segments sent; {refused} passes met a server that was away"
    );
    println!("  {verified}");
    ensure!(rows == segments.to_string(), "the database has {rows} segments of {segments}");
    ensure!(
        stored == recordings.to_string(),
        "the database has {stored} recordings of {recordings}"
    );
    Ok(())
}
