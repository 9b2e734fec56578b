//! What it costs a server to receive audio: ours beside two tus servers, the same bytes, on one machine, in one run;
//! then 2,000 recorders at once.
//!
//! `cargo xtask bench upload`. Speech is cut into segments as the recorder cuts it; nothing is transcribed here.

#[path = "../soak_sync/installation.rs"]
mod installation;
mod live;
mod measure;
mod ours;
mod peers;
#[path = "../soak_sync/postgres.rs"]
#[expect(dead_code, reason = "nothing fails here")]
mod postgres;
mod speech;
#[path = "../../../xtask/src/bench/usage.rs"]
#[expect(dead_code, reason = "the memory of a whole tree is not asked for")]
mod usage;
mod watch;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

use self::installation::Installation;
use self::measure::Taken;
use self::peers::{Parts, Peer};
use self::speech::Segment;

/// Seconds of a segment, about 300 kB of FLAC; so many are a recording of twelve minutes.
const SECONDS: u32 = 22;
const SEGMENTS: usize = 32;

#[derive(Parser)]
struct Options {
    /// Megabytes that each server receives.
    #[arg(long, default_value_t = 1_000)]
    megabytes: usize,
    /// Uploads at the same time.
    #[arg(long, default_value_t = 50)]
    parallel: usize,
    /// The folder with `node_modules` and `venv` of the tus servers; without it, ours alone.
    #[arg(long)]
    peers: Option<PathBuf>,
    /// Recorders of the second part; 0: none.
    #[arg(long, default_value_t = 2_000)]
    recorders: usize,
    /// How long they send.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// `cargo bench` says so.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let said = speech::segments(SECONDS)?;
    let recordings = speech::recordings(&said, SEGMENTS, options.megabytes * 1_000_000);
    println!(
        "{} recordings of {SEGMENTS} segments of {SECONDS} s, {:.0} MB, {} at the same time.\n",
        recordings.len(),
        speech::bytes(&recordings) as f64 / 1e6,
        options.parallel
    );
    println!(
        "{:34} {:>8} {:>9} {:>10} {:>12} {:>9} {:>9}",
        "", "MB/s", "requests", "CPU s/GB", "PostgreSQL", "peak MB", "grew by"
    );
    if let Some(folder) = &options.peers {
        for (peer, parts) in [
            (Peer::Node, Parts::Whole),
            (Peer::Node, Parts::Segments),
            (Peer::Python, Parts::Whole),
            (Peer::Python, Parts::Segments),
        ] {
            let name = format!("{}, {}", peer.name(), parts.in_words());
            let taken = peers::run(peer, parts, folder, &recordings, options.parallel).await?;
            row(&name, taken, &recordings);
        }
    }
    let mut installation = Installation::open(installation::folder()?).await?;
    let taken = ours::run(&installation, &recordings, options.parallel).await?;
    row("ours, a request a segment", taken, &recordings);
    println!(
        "\nOurs syncs every segment to disk and commits its row before it answers, checks its SHA-256, counts its \
         samples under\nthe check sums of its frames, and encrypts it; the tus servers write the bytes to a file, \
         neither checked nor synced.\nPostgreSQL's CPU is on top of ours."
    );
    if options.recorders > 0 {
        live::run(&installation, options.recorders, options.seconds).await?;
    }
    installation.close().await
}

fn row(name: &str, (requests, taken): (u64, Taken), recordings: &[Vec<Segment>]) {
    let gigabytes = speech::bytes(recordings) as f64 / 1e9;
    println!(
        "{name:34} {:>8.0} {:>9} {:>10.2} {:>12.2} {:>9.0} {:>9.0}",
        gigabytes * 1e3 / taken.elapsed.as_secs_f64(),
        requests,
        taken.server_cpu / gigabytes,
        taken.postgres_cpu / gigabytes,
        taken.peak_mb,
        taken.peak_mb - taken.began_with_mb,
    );
}
