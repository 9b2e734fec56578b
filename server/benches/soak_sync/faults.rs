//! What fails on the server's side, and is mended: programs killed, the database restarted, the disk full.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use super::fleet::Fleet;
use super::installation::Installation;
use super::random::Random;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// SIGKILL, when the line asked for it.
    ServerKilledByLine,
    /// SIGKILL, at any time.
    ServerKilled,
    /// SIGKILL.
    DatabaseKilled,
    BothKilled,
    DatabaseRestarted,
    DiskFull,
}

/// Those that come by themselves.
const BY_THEMSELVES: [Fault; 10] = [
    Fault::ServerKilled,
    Fault::ServerKilled,
    Fault::ServerKilled,
    Fault::ServerKilled,
    Fault::DatabaseKilled,
    Fault::DatabaseKilled,
    Fault::DatabaseKilled,
    Fault::BothKilled,
    Fault::DatabaseRestarted,
    Fault::DiskFull,
];

impl Fault {
    pub(crate) const fn in_words(self) -> &'static str {
        match self {
            Self::ServerKilledByLine => "server killed in mid-request",
            Self::ServerKilled => "server killed at any time",
            Self::DatabaseKilled => "PostgreSQL killed",
            Self::BothKilled => "both killed",
            Self::DatabaseRestarted => "PostgreSQL restarted",
            Self::DiskFull => "disk full",
        }
    }

    /// Programs that got SIGKILL.
    pub(crate) const fn kills(self) -> u64 {
        match self {
            Self::ServerKilledByLine | Self::ServerKilled | Self::DatabaseKilled => 1,
            Self::BothKilled => 2,
            Self::DatabaseRestarted | Self::DiskFull => 0,
        }
    }
}

/// What failed how often, and what was found after each time.
#[derive(Default)]
pub(crate) struct Failed {
    pub(crate) faults: BTreeMap<Fault, u64>,
    /// Acknowledged segments that were looked for after faults; one may be looked for more than once.
    pub(crate) looked_for: u64,
    pub(crate) problems: Vec<String>,
}

/// Lets things fail, about once in `pace`, until cancelled.
pub(crate) async fn run(
    installation: Arc<Mutex<Installation>>,
    fleet: Arc<Fleet>,
    mut wishes: mpsc::UnboundedReceiver<()>,
    mut random: Random,
    pace: Duration,
    stop: CancellationToken,
) -> Result<Failed> {
    let mut failed = Failed::default();
    loop {
        let wait = pace.mul_f64(0.2) + pace.mul_f64(0.016 * random.below(100) as f64);
        let fault = tokio::select! {
            () = stop.cancelled() => return Ok(failed),
            _ = wishes.recv() => Fault::ServerKilledByLine,
            () = tokio::time::sleep(wait) => BY_THEMSELVES[random.index(BY_THEMSELVES.len())],
        };
        let mut installation = installation.lock().await;
        fail(&mut installation, fault, &mut random).await?;
        *failed.faults.entry(fault).or_default() += 1;
        // One kill is enough for all who asked meanwhile.
        while wishes.try_recv().is_ok() {}
        let acknowledged = fleet.acknowledged();
        let options = installation.postgres.options("soak")?;
        failed.looked_for += acknowledged.len() as u64;
        failed.problems.extend(super::check::are_there(&options, &acknowledged).await?);
    }
}

async fn fail(installation: &mut Installation, fault: Fault, random: &mut Random) -> Result<()> {
    let outage = Duration::from_millis(random.below(400));
    match fault {
        Fault::ServerKilledByLine | Fault::ServerKilled => installation.kill().await?,
        Fault::DatabaseKilled => installation.postgres.kill().await?,
        Fault::BothKilled => {
            installation.postgres.kill().await?;
            installation.kill().await?;
        }
        Fault::DatabaseRestarted => installation.postgres.restart().await?,
        Fault::DiskFull => installation.fill_disk()?,
    }
    tokio::time::sleep(outage).await;
    if fault == Fault::DiskFull {
        installation.free_disk()?;
    }
    installation.postgres.start().await?;
    installation.start().await
}
