//! Many recorders at once, each a segment every 15 seconds over a connection of its own, and each with its stream of
//! events.

use std::time::Duration;

use anyhow::Result;
use futures::future::{join_all, try_join_all};
use medrecord_common::ids::RecordingId;
use tokio::time::{Instant, sleep_until};

use super::installation::Installation;
use super::measure::Taken;
use super::ours::Workstation;
use super::watch::Watchers;
use super::{measure, ours, speech};

/// Speech in a segment, and time from one to the next.
const SECONDS: u32 = 15;
const EVERY: Duration = Duration::from_secs(15);
/// Recordings that are created at the same time.
const AT_ONCE: usize = 20;

/// Sends for so long and prints what the server took.
pub(crate) async fn run(installation: &Installation, recorders: usize, seconds: u64) -> Result<()> {
    let workstations = ours::enrol(installation, recorders).await?;
    let mut recordings = Vec::new();
    for few in workstations.chunks(AT_ONCE) {
        recordings.extend(try_join_all(few.iter().map(Workstation::create)).await?);
    }
    let fleet: Vec<_> = workstations.into_iter().zip(recordings).collect();
    let said = speech::segments(SECONDS)?;
    let (server, postgres) = ours::processes(installation)?;
    let mut watchers = Watchers::open(fleet.iter().map(|(workstation, _)| workstation)).await?;
    let turns = seconds as usize / SECONDS as usize;
    let (mut answers, taken) =
        measure::during(server, Some(postgres), send(&fleet, &said, turns)).await?;
    answers.times.sort_unstable();
    print(&answers, &taken, recorders, &said);
    let (workstation, id) = &fleet[0];
    let sent: Vec<_> = (0..turns).map(|turn| said[turn % said.len()].clone()).collect();
    let told = watchers.until_told(workstation.complete(*id, &sent)).await?;
    println!(
        "{} of {recorders} streams of events were open all the while; an event was with the last \
         of them {:.0} ms after the answer to what made it",
        watchers.still_open(),
        told.as_secs_f64() * 1e3,
    );
    Ok(())
}

struct Answers {
    /// From when a segment was due to its acknowledgement.
    times: Vec<Duration>,
    failures: Vec<String>,
}

/// Each in its own place within the fifteen seconds.
async fn send(
    fleet: &[(Workstation, RecordingId)],
    said: &[speech::Segment],
    turns: usize,
) -> Result<Answers> {
    let began = Instant::now();
    let sending = fleet.iter().enumerate().map(async |(number, (workstation, id))| {
        let first = began + EVERY.mul_f64(number as f64 / fleet.len() as f64);
        let mut answers = Vec::new();
        for turn in 0..turns {
            let due = first + EVERY * turn as u32;
            sleep_until(due).await;
            let segment = &said[(number + turn) % said.len()];
            answers.push(workstation.put(*id, turn, segment).await.map(|()| due.elapsed()));
        }
        answers
    });
    let (mut times, mut failures) = (Vec::new(), Vec::new());
    for answer in join_all(sending).await.into_iter().flatten() {
        match answer {
            Ok(time) => times.push(time),
            Err(error) => failures.push(format!("{error:#}")),
        }
    }
    Ok(Answers { times, failures })
}

fn print(answers: &Answers, taken: &Taken, recorders: usize, said: &[speech::Segment]) {
    let times = &answers.times;
    let at = |percent: usize| {
        let index = times.len().saturating_sub(1) * percent / 100;
        times.get(index).copied().unwrap_or_default().as_secs_f64() * 1e3
    };
    let seconds = taken.elapsed.as_secs_f64();
    let each = speech::size(said) as f64 / said.len() as f64;
    println!(
        "\n{recorders} recorders, each a segment of {SECONDS} s ({:.0} kB) every {SECONDS} s: in \
         {seconds:.0} s {} were acknowledged, {} not; {:.0} a second, {:.1} MB/s",
        each / 1e3,
        times.len(),
        answers.failures.len(),
        times.len() as f64 / seconds,
        times.len() as f64 * each / 1e6 / seconds,
    );
    println!("p50 {:.1} ms, p99 {:.1} ms, slowest {:.1} ms", at(50), at(99), at(100));
    println!(
        "CPU, in cores: server {:.2}, PostgreSQL {:.2}, the recorders themselves {:.2}; the server's peak {:.0} MB, {:.0} \
         of them from before",
        taken.server_cpu / seconds,
        taken.postgres_cpu / seconds,
        taken.client_cpu / seconds,
        taken.peak_mb,
        taken.began_with_mb,
    );
    if let Some(failure) = answers.failures.first() {
        println!("the first failure: {failure}");
    }
}
