//! What fails on the server's side, and is mended: programs killed, the database restarted, the disk full, the power
//! lost.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use super::browser::Browser;
use super::disk::Lost;
use super::fleet::Fleet;
use super::random::Random;
use super::site::Site;

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
    /// All at once, and with it what was not synced.
    PowerLost,
}

/// Those that come by themselves, each as often as it is here; the last only to a disk of our own.
static BY_THEMSELVES: [Fault; 13] = [
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
    Fault::PowerLost,
    Fault::PowerLost,
    Fault::PowerLost,
];
const WITHOUT_OWN_DISK: usize = 10;

impl Fault {
    pub(crate) const fn in_words(self) -> &'static str {
        match self {
            Self::ServerKilledByLine => "server killed in mid-request",
            Self::ServerKilled => "server killed at any time",
            Self::DatabaseKilled => "PostgreSQL killed",
            Self::BothKilled => "both killed",
            Self::DatabaseRestarted => "PostgreSQL restarted",
            Self::DiskFull => "disk full",
            Self::PowerLost => "power lost, and what was not synced",
        }
    }

    /// Programs that got SIGKILL.
    pub(crate) const fn kills(self) -> u64 {
        match self {
            Self::ServerKilledByLine | Self::ServerKilled | Self::DatabaseKilled => 1,
            Self::BothKilled | Self::PowerLost => 2,
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
    /// And of those, after a loss of power, how many the server had to play.
    pub(crate) listened_to: u64,
    /// What became of what was not synced when the power went.
    pub(crate) lost: Lost,
    pub(crate) problems: Vec<String>,
}

/// Lets things fail, about once in `pace`, until cancelled.
pub(crate) async fn run(
    site: Arc<Mutex<Site>>,
    fleet: Arc<Fleet>,
    mut wishes: mpsc::UnboundedReceiver<()>,
    mut random: Random,
    pace: Duration,
    stop: CancellationToken,
) -> Result<Failed> {
    let mut failed = Failed::default();
    let (browser, choices) = {
        let site = site.lock().await;
        let number = if site.has_own_disk() { BY_THEMSELVES.len() } else { WITHOUT_OWN_DISK };
        (Browser::sign_in(&site.installation.address()).await?, &BY_THEMSELVES[..number])
    };
    // Dealt like cards: a short soak has them all.
    let mut cards = Vec::new();
    loop {
        let wait = pace.mul_f64(0.2) + pace.mul_f64(0.016 * random.below(100) as f64);
        let fault = tokio::select! {
            () = stop.cancelled() => return Ok(failed),
            _ = wishes.recv() => Fault::ServerKilledByLine,
            () = tokio::time::sleep(wait) => {
                if cards.is_empty() {
                    cards = choices.to_vec();
                }
                cards.swap_remove(random.index(cards.len()))
            }
        };
        let mut site = site.lock().await;
        let lost = fail(&mut site, fault, &mut random).await?;
        *failed.faults.entry(fault).or_default() += 1;
        // One kill is enough for all who asked meanwhile.
        while wishes.try_recv().is_ok() {}
        // Rows before the server is back: what is lost would be sent to it again, and never missed.
        site.installation.postgres.start().await?;
        let acknowledged = fleet.acknowledged();
        let options = site.installation.postgres.options("soak")?;
        failed.looked_for += acknowledged.len() as u64;
        failed.problems.extend(super::check::are_there(&options, &acknowledged).await?);
        site.installation.start().await?;
        if let Some(lost) = lost {
            failed.lost += lost;
            failed.listened_to += acknowledged.len() as u64;
            let missing = super::check::are_played(&browser, &fleet.made(), &acknowledged).await?;
            failed.problems.extend(missing);
        }
    }
}

/// Lets it fail, and says what was lost with the power.
async fn fail(site: &mut Site, fault: Fault, random: &mut Random) -> Result<Option<Lost>> {
    let outage = Duration::from_millis(random.below(400));
    let installation = &mut site.installation;
    match fault {
        Fault::ServerKilledByLine | Fault::ServerKilled => installation.kill().await?,
        Fault::DatabaseKilled => installation.postgres.kill().await?,
        Fault::BothKilled => installation.close().await?,
        Fault::DatabaseRestarted => installation.postgres.restart().await?,
        Fault::DiskFull => site.fill_disk()?,
        Fault::PowerLost => return site.lose_power(outage, random).await.map(Some),
    }
    tokio::time::sleep(outage).await;
    if fault == Fault::DiskFull {
        site.free_disk()?;
    }
    Ok(None)
}
