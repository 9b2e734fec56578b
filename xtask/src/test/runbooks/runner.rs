//! The note before a block: who runs its commands for real.

use std::collections::HashMap;
use std::fmt;
use std::fs;

use anyhow::{Context, Result, ensure};

use super::command;
use super::page::{Block, Page};
use crate::{digest, paths};

/// Who does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Runner {
    /// `ops/tests/runbooks.sh`, as they are typed.
    Runbooks,
    /// A test in words of its own: the same scripts with the same options.
    Test,
    /// Nobody, for a reason.
    Nobody,
}

/// How many blocks each of them has.
#[derive(Default)]
pub(super) struct Counts([usize; 3]);

/// Refuses a block without a note, and a test that does not do what the note says.
pub(super) fn check(page: &Page, block: &Block) -> Result<Runner> {
    let note = block.note.as_deref().context("who runs it? A note before the block says so")?;
    if note == "run" {
        let test = fs::read_to_string(paths::root().join("ops/tests/runbooks.sh"))?;
        ensure!(test.contains(&page.name), "ops/tests/runbooks.sh does not read {}", page.name);
        return Ok(Runner::Runbooks);
    }
    if let Some(test) = note.strip_prefix("run by ") {
        let text = text(test)?;
        for (_, words) in command::read(&block.code, &mut HashMap::new()) {
            let is_script = words[0].ends_with(".sh");
            let words =
                words.iter().take(1).chain(words[1..].iter().filter(|w| w.starts_with("--")));
            for word in words.filter(|_| is_script) {
                let word = word.trim_start_matches("./");
                ensure!(text.contains(word), "{test} says nothing of {word}");
            }
        }
        return Ok(Runner::Test);
    }
    let reason = note.strip_prefix("not run: ").map(str::trim).unwrap_or_default();
    ensure!(!reason.is_empty(), "\"{note}\" does not say who runs it");
    Ok(Runner::Nobody)
}

/// A test with its parts, whose names begin as its own does.
fn text(test: &str) -> Result<String> {
    let stem = test.trim_end_matches(".sh");
    let mut text = String::new();
    for file in digest::files(&paths::root().join("ops/tests"), &[])? {
        let name = file.strip_prefix(paths::root()).unwrap_or(&file).display().to_string();
        if name.starts_with(stem) && name.ends_with(".sh") {
            text.push_str(&fs::read_to_string(&file)?);
        }
    }
    ensure!(paths::root().join(test).is_file(), "there is no {test}");
    Ok(text)
}

impl Counts {
    pub(super) fn add(&mut self, runner: Runner) {
        self.0[runner as usize] += 1;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [runbooks, tests, nobody] = self.0;
        write!(
            f,
            "{runbooks} blocks run as typed, {tests} by a test in its own words, {nobody} not"
        )
    }
}
