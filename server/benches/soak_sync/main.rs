//! Real recorders, a line that is bad in every way, and the real server killed again and again, and its power cut:
//! nothing is lost, nothing is there twice.
//!
//! `cargo xtask soak sync`. The seed chooses what happens to which request; what meets what is up to the machine.

mod browser;
mod check;
mod disk;
mod drain;
mod faults;
mod figures;
mod fleet;
mod installation;
mod message;
mod moods;
mod postgres;
mod proxy;
mod random;
mod site;
mod speech;
mod workstation;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use self::figures::Figures;
use self::fleet::{Fleet, SEGMENTS};
use self::proxy::Proxy;
use self::random::Random;
use self::site::{Site, Unsynced};
use self::workstation::Workstation;

#[derive(Parser)]
struct Options {
    /// Segments to deliver.
    #[arg(long, default_value_t = 100_000)]
    deliveries: u64,
    /// No recording begins after so many seconds.
    #[arg(long, default_value_t = 3_300)]
    seconds: u64,
    /// Something fails on the server's side about once in so many milliseconds.
    #[arg(long, default_value_t = 4_000)]
    pace: u64,
    #[arg(long, default_value_t = 12)]
    workstations: u64,
    #[arg(long)]
    seed: Option<u64>,
    /// Write the figures as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Instead: so many desktops come back at once after an outage.
    #[arg(long)]
    desktops: Option<u64>,
    /// Leave these unsynced: the soak must then find losses.
    #[arg(long, hide = true, value_enum)]
    unsynced: Option<Unsynced>,
    /// `cargo bench` says so.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let seed = options.seed.unwrap_or_else(now);
    println!("seed {seed}");
    if let Some(desktops) = options.desktops {
        return drain::run(desktops, seed).await;
    }
    let figures = soak(&options, seed).await?;
    figures.print();
    if let Some(path) = &options.json {
        std::fs::write(path, serde_json::to_vec_pretty(&figures.json())?)
            .with_context(|| format!("write {}", path.display()))?;
    }
    let problems = figures.problems().len();
    if problems > 0 {
        bail!("{problems} things must not be");
    }
    if figures.made == 0 {
        bail!("nothing was sent: nothing was shown");
    }
    Ok(())
}

async fn soak(options: &Options, seed: u64) -> Result<Figures> {
    let site = Site::open(options.unsynced).await?;
    let own_disk = site.has_own_disk();
    let (kill, wishes) = mpsc::unbounded_channel();
    let proxy = Proxy::start(site.installation.address(), seed, kill).await?;
    let fleet = Fleet::open(options.workstations, seed, options.deliveries, &proxy.url).await?;
    let (site, fleet) = (Arc::new(Mutex::new(site)), Arc::new(fleet));

    let began = Instant::now();
    proxy.storm();
    let calm = CancellationToken::new();
    let failing = tokio::spawn(faults::run(
        Arc::clone(&site),
        Arc::clone(&fleet),
        wishes,
        Random::of(seed, u64::MAX),
        Duration::from_millis(options.pace),
        calm.clone(),
    ));
    let enough = CancellationToken::new();
    let (over, seconds) = (enough.clone(), options.seconds);
    let clock = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        over.cancel();
    });
    Arc::clone(&fleet).work(enough).await?;
    clock.abort();
    calm.cancel();
    let mut failed = failing.await??;
    proxy.heal();
    let healed = Instant::now();
    // What was lost may be why it cannot: all that was found is said.
    if let Err(error) = fleet.drain().await {
        failed.problems.push(format!("{error:#}"));
    }
    let (took, drained) = (began.elapsed(), healed.elapsed());

    let site = Arc::into_inner(site).context("invariant: nothing fails any more")?;
    let mut site = site.into_inner();
    let checked = check::all(&site.installation, &fleet).await?;
    site.installation.close().await?;
    Ok(Figures {
        seed,
        workstations: options.workstations,
        made: fleet.made().len() as u64 * u64::from(SEGMENTS),
        took,
        drained,
        own_disk,
        seen: proxy.seen(),
        failed,
        found: fleet.workstations.iter().map(Workstation::found).collect(),
        checked,
        shown: fleet.problems()?,
    })
}

/// The nanoseconds of the clock: another seed each time.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs() ^ u64::from(since.subsec_nanos())
}
