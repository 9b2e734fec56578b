//! `bench cheap`: CPU and memory while recording, beside `parecord` and beside the smallest Tauri window, in one run.

mod stage;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;

use self::stage::Stage;
use super::usage::{self, Usage};
use crate::service::Service;
use crate::soak::wait_until;
use crate::{paths, run};

#[derive(Args)]
pub(crate) struct Options {
    /// How long each program is watched, in seconds.
    #[arg(long, value_name = "S", default_value_t = 60)]
    seconds: u64,
    /// Without the two windows, which take minutes to build.
    #[arg(long)]
    no_windows: bool,
    /// The programs as the dev profile builds them: to try this bench, not for figures.
    #[arg(long)]
    dev: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { seconds: 60, no_windows: false, dev: false }
    }
}

/// Before the watching begins: streams open, pages are drawn.
const WARM_UP: Duration = Duration::from_secs(8);
/// Starts a recording.
const SHORTCUT: &str = "ctrl+alt+r";
/// Of one core: what capture, encoding and storage may take.
const TARGET_PERCENT: f64 = 2.0;

struct Row {
    name: &'static str,
    usage: Usage,
    /// CPU seconds that the sound server took meanwhile.
    sound_server: f64,
}

/// Measures them, one after the other, while the same speech is heard.
pub(crate) fn run(options: &Options) -> Result<()> {
    let profile = if options.dev { paths::Profile::Dev } else { paths::Profile::Release };
    super::build_programs(profile, !options.no_windows)?;
    let folder = paths::target().join("xtask/cheap");
    let _ = fs::remove_dir_all(&folder);
    let watched = Duration::from_secs(options.seconds);
    let stage = Stage::start(&folder, WARM_UP + watched)?;
    let programs = |name: &str| paths::built(profile, name);
    let recorder = programs("medrecord-recorder");
    let mut rows = vec![
        row(&stage, "parecord, 48 kHz stereo to a file", parecord(&stage), None, watched)?,
        row(&stage, "the recorder without a window", headless(&stage, &recorder), None, watched)?,
    ];
    check(&recorder, &stage, "headless", watched)?;
    if !options.no_windows {
        let minimal = stage.command(&programs("examples/minimal"));
        rows.push(row(&stage, "the smallest Tauri window", minimal, None, watched)?);
        let window = window(&stage, &programs("medrecord-desktop"));
        rows.push(row(&stage, "our window while it records", window, Some(SHORTCUT), watched)?);
        check(&recorder, &stage, "window", watched)?;
    }
    print(&rows, options);
    drop(stage);
    fs::remove_dir_all(&folder).context("tidy up")
}

fn parecord(stage: &Stage) -> Command {
    let mut command = stage.command(Path::new("parecord"));
    command.args(["-d", "virtmic", "--rate=48000", "--channels=2", "--format=s16le"]);
    command.arg(stage.folder().join("parecord.wav"));
    command
}

fn headless(stage: &Stage, program: &Path) -> Command {
    let mut command = stage.command(program);
    command.args(data(stage, "headless")).arg("record");
    command
}

fn window(stage: &Stage, program: &Path) -> Command {
    let mut command = stage.command(program);
    command.args(data(stage, "window"));
    command
}

fn data(stage: &Stage, name: &str) -> [PathBuf; 4] {
    let folder = stage.folder().join(name);
    let key = stage.folder().join(format!("{name}.key"));
    ["--data".into(), folder, "--key-file".into(), key]
}

fn row(
    stage: &Stage,
    name: &'static str,
    command: Command,
    key: Option<&str>,
    watched: Duration,
) -> Result<Row> {
    eprintln!("· {name} …");
    let _speech = stage.speak()?;
    let program: Service = stage.run("measured", command)?;
    let begins = Instant::now() + WARM_UP;
    if let Some(key) = key {
        // When half of the warm-up is over: the window is there, and has opened its recordings.
        wait_until(Instant::now() + WARM_UP / 2);
        stage.press(key)?;
    }
    wait_until(begins);
    let server = stage.sound_server();
    let (before, server_before) = (usage::cpu(program.id())?, usage::cpu(server)?);
    let begun = Instant::now();
    wait_until(begun + watched);
    let took = begun.elapsed().as_secs_f64();
    let per_minute = |ticks: u64| usage::seconds(ticks) * 60.0 / took;
    let cpu = per_minute(usage::cpu(program.id())?.saturating_sub(before));
    let sound_server = per_minute(usage::cpu(server)?.saturating_sub(server_before));
    let usage = Usage::of(program.id(), cpu)?;
    ensure!(usage.processes > 0, "{name} has ended; see {}", stage.folder().display());
    Ok(Row { name, usage, sound_server })
}

/// It did record all the time, as the recorder itself says of the only recording in the folder.
fn check(program: &Path, stage: &Stage, name: &str, watched: Duration) -> Result<()> {
    let mut list = stage.command(program);
    let said = run::stdout(list.args(data(stage, name)).args(["list", "--json"]))?;
    let listed: serde_json::Value = serde_json::from_str(&said)?;
    let recorded = Duration::from_millis(listed[0]["duration_ms"].as_u64().unwrap_or(0));
    ensure!(recorded >= watched, "{name}: only {} s were recorded", recorded.as_secs());
    Ok(())
}

fn print(rows: &[Row], options: &Options) {
    let profile = if options.dev { "dev profile (not for figures)" } else { "release" };
    println!("\nWhile recording speech at 48 kHz stereo, {profile}, {} s each\n", options.seconds);
    println!(
        "{:36} {:>12} {:>10} {:>9} {:>9} {:>10} {:>13}",
        "", "CPU a minute", "of a core", "RSS", "PSS", "processes", "sound server"
    );
    for Row { name, usage, sound_server } in rows {
        println!(
            "{name:36} {:>10.2} s {:>8.2} % {:>6.0} MB {:>6.0} MB {:>10} {:>11.2} s",
            usage.cpu_seconds_a_minute,
            usage.cpu_seconds_a_minute / 0.6,
            usage.rss_mb,
            usage.pss_mb,
            usage.processes,
            sound_server
        );
    }
    println!(
        "\nUser and system time of a program with all its processes. Target: the recorder without a"
    );
    println!("window (capture, encoding, storage) takes at most {TARGET_PERCENT} % of a core.");
}
