//! A step: a line when it begins, its time when it ends, and a table of them all at the end.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// Runs one step; an error says which step it was in.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let started = Instant::now();
    begin(name);
    let result = work();
    end(name, started.elapsed(), result.is_ok());
    result
}

fn begin(name: &str) {
    if std::io::stderr().is_terminal() {
        eprintln!("\x1b[2m·\x1b[0m {name} …");
    } else {
        eprintln!("· {name} …");
    }
    let _ = std::io::stderr().flush();
}

fn end(name: &str, took: Duration, good: bool) {
    let sign = match (good, std::io::stderr().is_terminal()) {
        (true, true) => "\x1b[32m✓\x1b[0m",
        (true, false) => "✓",
        (false, true) => "\x1b[31m✗\x1b[0m",
        (false, false) => "✗",
    };
    eprintln!("{sign} {name}  {}", human(took));
}

/// `0.4 s`, `12.3 s`, `3 min 07 s`.
pub(crate) fn human(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

/// Steps with their times.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<(String, Duration)>,
    failed: Vec<String>,
}

impl Steps {
    /// Runs a step that later ones need: when it fails, the run ends.
    pub(crate) fn run<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let started = Instant::now();
        let result = step(name, work).with_context(|| name.to_owned());
        match result {
            Ok(_) => self.done.push((name.to_owned(), started.elapsed())),
            Err(_) => self.failed.push(name.to_owned()),
        }
        result
    }

    /// Runs a step that no later one needs: when it fails, it says so, and the run goes on.
    pub(crate) fn check(&mut self, name: &str, work: impl FnOnce() -> Result<()>) {
        if let Err(error) = self.run(name, work) {
            eprintln!("error: {error:#}");
        }
    }

    /// Fails when one of them did.
    pub(crate) fn result(&self) -> Result<()> {
        ensure!(self.failed.is_empty(), "failed: {}", self.failed.join("; "));
        Ok(())
    }

    /// Where the time went, longest first, and the line that CI reads.
    pub(crate) fn report(&self) {
        let mut rows = self.done.clone();
        rows.sort_by_key(|(_, took)| std::cmp::Reverse(*took));
        let total: Duration = rows.iter().map(|(_, took)| *took).sum();
        println!("\nWhere the time went");
        for (name, took) in &rows {
            println!("  {:>14}  {name}", human(*took));
        }
        println!("  {:>14}  in all\n", human(total));
        println!("{} passed, {} failed", self.done.len(), self.failed.len());
    }
}
