//! Desktops that were offline come back at once: how often they asked in vain, and how soon all is there.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use medrecord_common::audio::flac;
use medrecord_common::segment::{Digest, SegmentHeader};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::installation::{self, Installation};
use super::proxy::{Proxy, Seen};
use super::random::Random;
use super::workstation::Workstation;

/// Recordings of a desktop.
const RECORDINGS: u32 = 10;
/// Segments of a recording, and samples of a segment: eight times 15 s are two minutes.
const SEGMENTS: u32 = 8;
const SAMPLES: u32 = 15 * 16_000;
/// The line is down for so long before all come back.
const OUTAGE: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(600);

/// Runs it with so many desktops and prints what came of it.
pub(crate) async fn run(desktops: u64, seed: u64) -> Result<()> {
    let mut installation = Installation::open(installation::folder()?).await?;
    let segments = speech(seed)?;
    let (mut proxies, mut workstations) = (Vec::new(), Vec::new());
    for number in 0..desktops {
        // Each has a line of its own, so that its requests can be counted.
        let (kill, _) = mpsc::unbounded_channel();
        let proxy = Proxy::start(installation.address(), seed, kill).await?;
        workstations.push(Workstation::open(&proxy.url, Random::of(seed, number)).await?);
        proxy.cut(true);
        proxies.push(proxy);
    }
    for workstation in &workstations {
        for _ in 0..RECORDINGS {
            workstation.keep(&segments)?;
        }
    }
    let bytes: usize = segments.iter().map(|(_, flac, _)| flac.len()).sum();
    let megabytes = (bytes as u64 * u64::from(RECORDINGS) * desktops) as f64 / 1e6;
    println!(
        "{desktops} desktops × {RECORDINGS} recordings of 2 minutes, {megabytes:.0} MB of FLAC"
    );
    let stop = CancellationToken::new();
    let syncing: Vec<_> = workstations.iter().map(|it| it.keep_sending(stop.clone())).collect();
    tokio::time::sleep(OUTAGE).await;
    proxies.iter().for_each(|proxy| proxy.cut(false));
    let healed = Instant::now();
    let mut sleepers: Vec<&Workstation> = workstations.iter().collect();
    while !sleepers.is_empty() {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let mut waiting = Vec::new();
        for workstation in sleepers {
            if workstation.waiting()? > 0 {
                waiting.push(workstation);
            }
        }
        sleepers = waiting;
        if healed.elapsed() > PATIENCE {
            bail!("{} desktops still have something to send", sleepers.len());
        }
    }
    let drained = healed.elapsed();
    stop.cancel();
    futures::future::join_all(syncing).await;
    print(&proxies, drained);
    installation.close().await
}

fn print(proxies: &[Arc<Proxy>], drained: Duration) {
    let seen: Vec<Seen> = proxies.iter().map(|proxy| proxy.seen()).collect();
    let tried: usize = seen.iter().map(|seen| seen.in_vain.len()).sum();
    let gaps = seen.iter().flat_map(|it| it.in_vain.windows(2).map(|two| two[1] - two[0]));
    let mut answers: Vec<_> = seen.iter().flat_map(|seen| seen.answers.clone()).collect();
    answers.sort_unstable();
    let at = |percent: usize| answers[(answers.len() - 1) * percent / 100].as_millis();
    println!(
        "offline for {} s: {:.2} tries a second and desktop, the closest two {} ms apart",
        OUTAGE.as_secs(),
        tried as f64 / OUTAGE.as_secs_f64() / proxies.len() as f64,
        gaps.min().unwrap_or_default().as_millis()
    );
    println!(
        "drained in {:.1} s; {} answers of the server: median {} ms, p99 {} ms",
        drained.as_secs_f64(),
        answers.len(),
        at(50),
        at(99)
    );
}

/// Two minutes as loud as speech, about as large as speech in FLAC.
fn speech(seed: u64) -> Result<Vec<(SegmentHeader, Vec<u8>, Digest)>> {
    let mut random = Random::new(seed);
    (0..SEGMENTS)
        .map(|seq| {
            let pcm: Vec<i16> = (0..SAMPLES).map(|_| random.below(512) as i16 - 256).collect();
            let start = u64::from(seq * SAMPLES);
            let header = SegmentHeader { start, samples: SAMPLES, speech: 0, peak: 256 };
            let flac = flac::encode(&pcm)?;
            let digest = Digest::of(&flac);
            Ok((header, flac, digest))
        })
        .collect()
}
