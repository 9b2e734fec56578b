//! What a program says of itself when it is asked for help.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::run;

/// Its options, each with whether a value follows.
pub(super) struct Help {
    pub(super) text: String,
    pub(super) options: BTreeMap<String, bool>,
}

/// Of a program that is started with "--help" already.
pub(super) fn ask(command: &mut Command) -> Result<Help> {
    let text = run::stdout(command)?;
    let mut options = BTreeMap::new();
    for line in text.lines().map(str::trim_start).filter(|line| line.starts_with('-')) {
        let head = line.split_once("  ").map_or(line, |(head, _)| head);
        let words = || head.split([',', ' ']).filter(|word| !word.is_empty());
        let takes_value = words().any(|word| !word.starts_with('-'));
        for name in words().filter(|word| word.starts_with('-')) {
            let name = name.split('=').next().unwrap_or(name).trim_end_matches(':');
            options.insert(name.to_owned(), takes_value);
        }
    }
    Ok(Help { text, options })
}

impl Help {
    /// The names below "Commands:".
    pub(super) fn subcommands(&self) -> Vec<&str> {
        let lines = self.text.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1);
        let lines = lines.take_while(|line| line.starts_with("  "));
        lines.filter_map(|line| line.split_whitespace().next()).collect()
    }

    /// Refuses an option that is not among them.
    pub(super) fn know(&self, word: &str, whose: &str) -> Result<()> {
        let name = word.split('=').next().unwrap_or(word);
        ensure!(self.options.contains_key(name), "{whose} knows no option {name}");
        Ok(())
    }

    /// What is left without options and their values, up to the first word that is neither.
    pub(super) fn after_options<'a>(
        &self,
        mut words: &'a [String],
        whose: &str,
    ) -> Result<&'a [String]> {
        while let Some(word) = words.first().filter(|word| word.starts_with('-')) {
            self.know(word, whose)?;
            let takes_value = self.options.get(word.as_str()) == Some(&true);
            words = words.get(1 + usize::from(takes_value)..).unwrap_or_default();
        }
        Ok(words)
    }
}
