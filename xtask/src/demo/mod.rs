//! `demo`: a spoken word taken through the real recorder, sync, server, database and speech engine, to a note.

mod api;
mod home;
mod outcome;
mod recorder;
mod sample;
mod system;
mod window;

use std::path::PathBuf;
use std::time::Instant;
use std::{env, fs};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use self::api::Api;
use self::home::Home;
use self::outcome::Timings;
use self::recorder::Recorder;
use self::system::System;
use crate::step::step;
use crate::{build, setup};

/// Who listens and drafts.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Provider {
    /// The built-in speech engine and the heading drafter: nothing leaves the machine.
    Local,
    /// OpenAI, with OPENAI_API_KEY.
    Openai,
}

#[derive(Args)]
pub(crate) struct Options {
    /// End after the note is printed.
    #[arg(long)]
    once: bool,
    /// A WAV file in the sample's place.
    #[arg(long, value_name = "FILE")]
    wav: Option<PathBuf>,
    /// Where everything is kept, so that the second start is quick.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Write the result as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[arg(long, value_enum, default_value = "local")]
    provider: Provider,
    /// The programs and pages are built already.
    #[arg(long, hide = true)]
    built: bool,
}

/// Runs the demo.
pub(crate) fn run(options: &Options) -> Result<()> {
    if options.provider == Provider::Openai && env::var_os("OPENAI_API_KEY").is_none() {
        bail!("--provider openai needs OPENAI_API_KEY in the environment");
    }
    if let Some(wav) = options.wav.as_ref().filter(|wav| !wav.is_file()) {
        bail!("there is no file {}", wav.display());
    }
    let display = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| env::var_os(name).is_some_and(|v| !v.is_empty()));
    let window = display && !options.once;
    let mut timings = Timings::start();
    if !options.built {
        setup::run(if window { setup::Scope::Window } else { setup::Scope::Run })?;
        timings.lap("setup");
        step("build the pages", build::pages)?;
        step("build the programs", || build::programs(window))?;
        timings.lap("build");
    }
    let home = Home::open(options.data.as_deref())?;
    let system = step("start database and server", || System::start(&home, options.provider))?;
    timings.lap("start");
    let recorder = Recorder::new(&home);
    step("enrol this workstation", || recorder.enrol(&home, system.url()))?;
    timings.lap("enrol");
    let file = match &options.wav {
        Some(wav) => fs::canonicalize(wav)?,
        None => sample::wav(&home)?,
    };
    let recording = step("record", || recorder.import(&file))?;
    timings.lap("record");
    step("sync, transcribe, draft", || recorder.sync())?;
    timings.lap("sync_transcribe_draft");

    let api = Api::sign_in(system.url(), home::EMAIL, &home.password()?)?;
    let outcome = outcome::read(&api, &recording)?;
    timings.lap("read");
    println!("\n{}", outcome::printed(&outcome));
    if let Some(path) = &options.json {
        let json = outcome::json(&outcome, &timings);
        fs::write(path, format!("{json:#}\n"))
            .with_context(|| format!("write {}", path.display()))?;
    }
    eprintln!("All of it took {}.", crate::step::human(timings.total()));
    if options.once {
        return Ok(());
    }
    stay(&home, system, window)
}

/// Shows where to go on, and keeps everything running until Ctrl-C.
fn stay(home: &Home, mut system: System, window: bool) -> Result<()> {
    let started = Instant::now();
    println!(
        "\nReview page   {}\n  e-mail      {}\n  password    {}",
        system.url(),
        home::EMAIL,
        home.password()?
    );
    let _window = if window { Some(window::open(home)?) } else { None };
    if _window.is_none() {
        println!("There is no display here, so the desktop window stays closed.");
    }
    println!("Ctrl-C ends it; what was recorded is kept in {}.", home.folder().display());
    system.wait()?;
    if started.elapsed().as_secs() < 2 {
        bail!("the server ended by itself; see {}", home.log("server").display());
    }
    Ok(())
}
