//! Workstations that record and send while something happens to the containers; then everything is counted.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};

use super::recording::{Clinician, short_sample};
use super::stack::Stack;
use super::wait::{pause, wait_until};
use super::workstation::Workstation;

const WORKSTATIONS: usize = 3;
/// Short ones: between two passes they pile up as between two patients.
const RECORDINGS_A_PASS: u32 = 3;
/// Load before and after each blow.
pub(super) const BETWEEN: Duration = Duration::from_secs(4);

/// The recordings of these workstations, in SQL.
pub(super) const OF_LOAD: &str =
    "select id from recording where device_id in (select id from device where name like 'load-%')";

/// What the workstations have recorded, and the server has.
pub(super) struct Sent {
    pub(super) recordings: u64,
    pub(super) segments: u64,
}

/// Sends while `blows` fall and until everything is there; nothing is lost, and nothing is there twice.
pub(super) fn during(
    stack: &Stack<'_>,
    clinician: &Clinician,
    blows: impl FnOnce() -> Result<()>,
) -> Result<Sent> {
    let workstations = (0..WORKSTATIONS)
        .map(|number| clinician.workstation(stack, &format!("load-{number}")))
        .collect::<Result<Vec<_>>>()?;
    let (ended, refused) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let senders: Vec<_> = workstations
            .iter()
            .map(|workstation| scope.spawn(|| send(workstation, &ended, &refused)))
            .collect();
        let outcome = blows();
        ended.store(true, Ordering::Relaxed);
        for sender in senders {
            sender.join().expect("invariant: senders do not panic")?;
        }
        outcome
    })?;
    count(stack, &workstations, refused.load(Ordering::Relaxed))
}

/// Records and sends, again and again; what does not go through is sent by the next pass.
fn send(workstation: &Workstation, ended: &AtomicBool, refused: &AtomicU64) -> Result<()> {
    let sample = short_sample();
    while !ended.load(Ordering::Relaxed) {
        for _ in 0..RECORDINGS_A_PASS {
            workstation.import(&sample)?;
        }
        if workstation.sync().is_err() {
            refused.fetch_add(1, Ordering::Relaxed);
        }
        pause(Duration::from_millis(100));
    }
    wait_until("everything is sent", Duration::from_secs(180), || {
        let _ = workstation.sync();
        let (_, segments, sent) = workstation.counts()?;
        Ok(segments == sent)
    })
    .map(drop)
}

/// What the workstations have, what the database has, and what is stored: one number.
fn count(stack: &Stack<'_>, workstations: &[Workstation], refused: u64) -> Result<Sent> {
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
    let rows =
        stack.query(&format!("select count(*) from segment where recording_id in ({OF_LOAD})"))?;
    let stored = stack.query(&format!("select count(*) from ({OF_LOAD}) as stored"))?;
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
    Ok(Sent { recordings, segments })
}
