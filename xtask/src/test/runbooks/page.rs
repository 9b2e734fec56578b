//! A page of docs/operations: its blocks of shell, and the commands in them and in its sentences.

use std::collections::HashMap;
use std::fs;

use anyhow::{Context, Result, bail, ensure};

use super::command::{self, Command};
use crate::{digest, paths};

/// In the place of the page's title and the line after it.
const HEAD: &str = "#!/usr/bin/env bash\nset -euo pipefail\n";
/// What a sentence names in backticks is a command when it begins so.
const PROGRAMS: [&str; 6] =
    ["ops/", "./deploy.sh", "docker compose ", "medrecord-server ", "kubectl ", "systemctl "];

pub(super) struct Page {
    /// Below the root.
    pub(super) name: String,
    text: String,
}

/// What stands between "```sh" and "```".
pub(super) struct Block {
    /// Of its first line of code.
    pub(super) line: usize,
    /// What the comment before it says.
    pub(super) note: Option<String>,
    pub(super) code: Vec<String>,
}

/// The entry, and all that it leads to.
pub(super) fn all() -> Result<Vec<Page>> {
    let root = paths::root();
    let mut files = vec![root.join("docs/operations.md")];
    files.extend(digest::files(&root.join("docs/operations"), &[])?);
    files
        .into_iter()
        .map(|file| {
            let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
            Ok(Page { text: fs::read_to_string(&file).context(name.clone())?, name })
        })
        .collect()
}

impl Page {
    pub(super) fn blocks(&self) -> Result<Vec<Block>> {
        let mut blocks = Vec::new();
        let mut open: Option<(Block, usize, bool)> = None;
        let mut before = "";
        for (index, line) in self.text.lines().enumerate() {
            let fence = line.trim_start().strip_prefix("```");
            open = match (open, fence) {
                (None, Some(language)) => {
                    let note =
                        before.trim().strip_prefix("<!-- ").and_then(|n| n.strip_suffix(" -->"));
                    let note = note.map(str::to_owned);
                    let block = Block { line: index + 2, note, code: Vec::new() };
                    Some((block, line.len() - line.trim_start().len(), language == "sh"))
                }
                (Some((block, _, is_shell)), Some(_)) => {
                    blocks.extend(Some(block).filter(|_| is_shell));
                    None
                }
                (Some((mut block, indent, is_shell)), None) => {
                    block.code.push(line.get(indent..).unwrap_or_default().to_owned());
                    Some((block, indent, is_shell))
                }
                (None, None) => {
                    // The other way to write code: nobody would look at it.
                    ensure!(
                        !(before.trim().is_empty() && line.starts_with("    ")),
                        "{}:{}: code that is no block of sh: {}",
                        self.name,
                        index + 1,
                        line.trim()
                    );
                    None
                }
            };
            before = line;
        }
        ensure!(open.is_none(), "{}: a block that does not end", self.name);
        Ok(blocks)
    }

    /// All blocks as one script: what one defines, the next may use.
    pub(super) fn script(&self) -> Result<String> {
        let mut lines = vec![String::new(); self.text.lines().count()];
        for block in self.blocks()? {
            for (offset, code) in block.code.into_iter().enumerate() {
                lines[block.line - 1 + offset] = code;
            }
        }
        if lines.len() < 2 || !lines[..2].iter().all(String::is_empty) {
            bail!("{} has no title", self.name);
        }
        Ok(format!("{HEAD}{}\n", lines[2..].join("\n")))
    }

    /// Those of the blocks and those in sentences, each with its line.
    pub(super) fn commands(&self) -> Result<Vec<(usize, Command)>> {
        let mut functions = HashMap::new();
        let mut found = Vec::new();
        for block in self.blocks()? {
            for (offset, command) in command::read(&block.code, &mut functions) {
                found.push((block.line + offset, command));
            }
        }
        let mut is_code = false;
        for (index, line) in self.text.lines().enumerate() {
            is_code ^= line.trim_start().starts_with("```");
            for span in line.split('`').skip(1).step_by(2).filter(|_| !is_code) {
                if PROGRAMS.iter().any(|program| span.starts_with(program)) {
                    let commands = command::read(&[span.to_owned()], &mut functions);
                    found.extend(commands.into_iter().map(|(_, command)| (index + 1, command)));
                }
            }
        }
        Ok(found)
    }
}
