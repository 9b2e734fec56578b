//! `compose-test`: the production file run for real, from nothing to a note, with its limits, its hardening and restarts.
//!
//! By podman's API and Docker Compose, base images made here; the file itself is unchanged. It takes long (the release
//! server is built inside its image), so it is no part of `cargo xtask test`; `--quick` tries everything but that build.

mod bases;
mod browser;
mod certificate;
mod client;
mod container;
mod elsewhere;
mod engine;
mod health;
mod inspection;
mod limits;
mod load;
mod machine;
mod recording;
mod restarts;
mod scale;
mod scripts;
mod secrets;
mod site;
mod stack;
mod throughput;
mod uploads;
mod wait;
mod workstation;

use std::fs;

use anyhow::Result;
use clap::{Args, ValueEnum};

use self::engine::Engine;
use self::recording::Clinician;
use self::stack::{ONE_MACHINE, Stack};
use crate::step::Steps;
use crate::{build, paths, run, setup};

#[derive(Args)]
pub(crate) struct Options {
    /// Only this part.
    #[arg(value_enum)]
    only: Option<Part>,
    /// With the server as the dev profile builds it here, not as its Dockerfile does.
    #[arg(long)]
    quick: bool,
    /// Leave the stack up at the end.
    #[arg(long)]
    keep: bool,
    /// Make the engine and the base images, and nothing else.
    #[arg(long)]
    bases_only: bool,
    /// The programs are built already.
    #[arg(long, hide = true)]
    built: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Backup under load, everything destroyed, restored and compared.
    Backup,
    /// deploy.sh over ssh against a host in a container.
    Deploy,
    /// The commands of docs/operations, typed on a host in a container.
    Runbooks,
    /// Two servers and two workers, PostgreSQL behind a pooler and S3: any one killed under load.
    Scale,
    /// Segments a second with one server and with two; only when named, for it measures and takes the whole machine.
    Throughput,
}

/// Runs it all; the stack goes down in the end, whatever comes.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut steps = Steps::default();
    steps.run("setup", setup::for_containers)?;
    let engine = steps.run("podman", Engine::start)?;
    steps.run("base images", || bases::make(&engine))?;
    if options.bases_only {
        return Ok(());
    }
    if !options.built {
        steps.run("build the programs", || build::programs(false))?;
    }
    let stack = Stack::new(&engine, &ONE_MACHINE)?;
    steps.run("data, secrets, certificate", || stack.prepare())?;
    let result = all(&mut steps, &stack, options);
    if options.keep {
        println!(
            "The stack stays up at {}; its data is in {}.",
            stack.origin(),
            stack.data().display()
        );
        println!("It ends with: podman's `compose down`, or the next run.");
    } else {
        steps.check("down", || stack.down());
    }
    steps.report();
    result?;
    steps.result()
}

fn all(steps: &mut Steps, stack: &Stack<'_>, options: &Options) -> Result<()> {
    if options.quick {
        steps.run("images of nginx and PostgreSQL", || stack.build(&["nginx", "postgres"]))?;
        steps.run("image of the server, quick", || quick_server(stack))?;
    } else {
        steps.run("images", || stack.build(&[]))?;
    }
    match options.only {
        Some(Part::Backup) => {
            return steps.run("backup and restore", || scripts::backup(stack.engine));
        }
        Some(Part::Deploy) => return steps.run("deploy.sh", || scripts::deploy(stack.engine)),
        Some(Part::Runbooks) => return steps.run("runbooks", || scripts::runbooks(stack.engine)),
        Some(Part::Scale) => return scale::run(steps, stack.engine),
        Some(Part::Throughput) => return throughput::run(steps, stack.engine),
        None => {}
    }
    steps.run("up and healthy, from nothing", || stack.up())?;
    steps.check("inspection of the running containers", || inspection::run(stack));
    steps.check("TLS by Mozilla's intermediate profile", || site::tls(stack));
    steps.check("pages and headers", || site::pages(stack));
    steps.check("redirect, challenge, other names", || site::names(stack));
    steps.check("50 requests at once", || limits::requests(stack));
    steps.check("workstations behind one address", || limits::neighbours(stack));
    steps.check("30 MB pass, 31 MB are refused", || limits::bodies(stack));
    steps.check("slow clients", || limits::slow_clients(stack));
    steps.check("no query in a log", || limits::logs(stack));
    let clinician = steps.run("a clinician", || Clinician::add(stack))?;
    let workstation = steps.run("a workstation", || clinician.workstation(stack, "first"))?;
    let token = steps.run("a credential", || clinician.token(stack))?;
    steps.check("a backlog of 500 segments", || limits::backlog(stack, &token));
    steps.check("from a recording to a note", || {
        recording::to_a_note(stack, &clinician, &workstation)
    });
    steps.check("the note in Chromium", || browser::reads_the_note(stack, &clinician));
    steps.check("2,000 event streams", || limits::streams(stack, &clinician.session));
    steps.check("every container restarted and killed under load", || {
        restarts::run(stack, &clinician)
    });
    steps.check("guessed passwords", || limits::passwords(stack));
    steps.check("backup and restore", || scripts::backup(stack.engine));
    steps.check("certificates", || scripts::certificates(stack.engine));
    steps.check("deploy.sh", || scripts::deploy(stack.engine));
    steps.check("runbooks", || scripts::runbooks(stack.engine));
    if !options.keep {
        // Two stacks are more than a small machine has room for.
        steps.check("down, for the next", || stack.down());
        scale::run(steps, stack.engine)?;
    }
    Ok(())
}

/// The dev profile's program in the same base, for all but the build itself.
fn quick_server(stack: &Stack<'_>) -> Result<()> {
    let context = stack.path("quick-server");
    fs::create_dir_all(context.join("model"))?;
    let mut strip = run::command("strip");
    strip.arg("--strip-debug").arg("-o").arg(context.join("medrecord-server"));
    run::quiet(strip.arg(paths::program("medrecord-server")))?;
    let mut copy = run::command("cp");
    run::quiet(copy.arg("-rT").arg(paths::speech_model()?).arg(context.join("model")))?;
    let mut build = stack.engine.podman();
    build.args([
        "build",
        "--quiet",
        "--pull=never",
        "--file",
        "xtask/bases/quick-server.Dockerfile",
    ]);
    build.arg("--tag").arg(format!("docker.io/library/medrecord-server:{}", stack::RELEASE));
    run::quiet(build.arg(&context)).map(drop)
}
