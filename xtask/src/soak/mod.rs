//! `soak recorder`: the real recorder killed a thousand times while people speak, and what was lost each time.

mod calibrate;
mod figures;
mod life;
mod loss;
mod plan;
mod program;
mod random;
mod source;
mod speaker;
pub(crate) mod sync;
mod wav;
mod workstation;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};

use self::figures::Figures;
pub(crate) use self::program::Program;
use self::random::{Random, mix};
pub(crate) use self::source::{RATE as SOURCE_RATE, voice};
pub(crate) use self::speaker::{Speaker, wait_until};
use self::workstation::Shared;
use crate::step::step;
use crate::{paths, run, setup};

#[derive(Subcommand)]
pub(crate) enum Which {
    /// Kill recorders at random moments; compare what they recover with what was spoken.
    Recorder(Options),
    /// Send through a bad line to a server that is killed again and again; compare what arrived.
    Sync(sync::Options),
}

#[derive(Args)]
pub(crate) struct Options {
    /// Recordings that are killed.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) kills: usize,
    /// Recorders side by side, each with a folder of its own.
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub(crate) recorders: usize,
    /// No kill begins after so many minutes.
    #[arg(long, value_name = "M", default_value_t = 60)]
    pub(crate) minutes: u64,
    /// To choose the same moments again.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// Write the figures as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Show a loss of more than a second without failing: where other work may hold up a disk.
    #[arg(long, hide = true)]
    pub(crate) show_loss_only: bool,
}

/// Builds the recorder and runs the soak.
pub(crate) fn run(which: &Which) -> Result<()> {
    let options = match which {
        Which::Recorder(options) => options,
        Which::Sync(options) => return sync::shown(options),
    };
    step("build the recorder", || {
        run::quiet(&mut run::cargo(&["build", "-p", "medrecord-recorder", "--bins"])).map(drop)
    })?;
    recorder(options)
}

/// With the recorder as it is built.
pub(crate) fn recorder(options: &Options) -> Result<()> {
    let source = Arc::new(source::make(&setup::speech_recordings()?)?);
    let folder = paths::target().join("xtask/soak");
    let _ = fs::remove_dir_all(&folder);
    let program =
        |name: String| Program::new(paths::program("medrecord-recorder"), folder.join(name));
    let seed = options.seed.unwrap_or_else(now);
    eprintln!("  seed {seed}");
    let cuts = calibrate::cuts(&program("calibration".to_owned())?, &source)?;
    let started = Instant::now();
    let shared = Shared {
        source,
        cuts,
        taken: AtomicUsize::new(0),
        kills: options.kills,
        deadline: started + Duration::from_secs(options.minutes * 60),
    };
    let programs = (0..options.recorders)
        .map(|number| program(format!("recorder-{number}")))
        .collect::<Result<Vec<_>>>()?;
    let outcomes = std::thread::scope(|scope| {
        let running: Vec<_> = programs
            .iter()
            .zip(0_u64..)
            .map(|(program, number)| {
                let (shared, random) = (&shared, Random::new(mix(seed ^ mix(number))));
                scope.spawn(move || workstation::run(program, shared, random))
            })
            .collect();
        running.into_iter().map(|one| one.join().expect("invariant: no panic")).collect()
    });
    let (recorders, asked, took) = (options.recorders, options.kills, started.elapsed());
    finish(options, &Figures { seed, recorders, asked, took, outcomes })?;
    fs::remove_dir_all(&folder).context("tidy up")
}

/// Prints the figures; an error when something must not be. The folders are then kept.
fn finish(options: &Options, figures: &Figures) -> Result<()> {
    figures.print();
    if let Some(path) = &options.json {
        fs::write(path, serde_json::to_vec_pretty(&figures.json())?)
            .with_context(|| format!("write {}", path.display()))?;
    }
    let problems = figures.problems().len();
    if problems > 0 {
        bail!("{problems} things must not be; the recordings are in target/xtask/soak");
    }
    if figures.killed().is_empty() {
        bail!("no recorder was killed: nothing was shown");
    }
    if figures.beyond_limit() > 0 && !options.show_loss_only {
        bail!("{} kills cost more than {:.0} ms", figures.beyond_limit(), loss::LIMIT_MS);
    }
    Ok(())
}

/// The nanoseconds of the clock: another seed each time.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs() ^ u64::from(since.subsec_nanos())
}
