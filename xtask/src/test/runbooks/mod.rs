//! The commands in docs/operations: sound shell, of programs and services that are there with the options that they know,
//! and each with a word on who runs it.
//!
//! Nothing is run here but `--help`; `compose-test runbooks` runs what can be run.

mod command;
mod help;
mod page;
mod programs;
mod runner;

use std::fs;

use anyhow::{Context, Result, bail, ensure};

use crate::step::Steps;
use crate::{paths, run};

pub(super) fn run(steps: &mut Steps) {
    steps.check("runbooks: the shell is sound", shell);
    steps.check("runbooks: scripts, subcommands, options, services, units", commands);
    steps.check("runbooks: who runs each block", runners);
}

/// A script of each page, its lines where they are in the page.
fn shell() -> Result<()> {
    let folder = paths::target().join("xtask/runbooks");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let mut shellcheck = run::command("shellcheck");
    for page in page::all()? {
        let script = folder.join(format!("{}.sh", page.name.replace('/', ".")));
        fs::write(&script, page.script()?)?;
        shellcheck.arg(script);
    }
    run::quiet(&mut shellcheck).map(drop)
}

fn commands() -> Result<()> {
    let mut faults = Vec::new();
    let mut count = 0;
    for page in page::all()? {
        for (line, command) in page.commands()? {
            count += 1;
            if let Err(error) = programs::check(&command) {
                faults.push(format!("{}:{line}: {error:#}", page.name));
            }
        }
    }
    println!("  {count} commands");
    if !faults.is_empty() {
        bail!("{}", faults.join("\n  "));
    }
    ensure!(count > 50, "the commands are not where they were");
    Ok(())
}

fn runners() -> Result<()> {
    let mut counts = runner::Counts::default();
    for page in page::all()? {
        for block in page.blocks()? {
            let place = || format!("{}:{}", page.name, block.line);
            counts.add(runner::check(&page, &block).with_context(place)?);
        }
    }
    println!("  {counts}");
    Ok(())
}
