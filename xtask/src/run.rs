//! Other programs: run them to the end, with their output shown, kept, or shown only when they fail.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

use crate::paths;

/// How much of a failed program's output is shown.
const SHOWN: usize = 24_000;

/// A command that runs in the root of the checkout.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(paths::root()).stdin(Stdio::null());
    command
}

/// `cargo`, the one that runs us.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(arguments);
    // Set by `cargo run` for us, meant for us; it would make dependents build twice.
    for variable in
        ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"]
    {
        cargo.env_remove(variable);
    }
    cargo
}

/// Runs with the output on this terminal.
pub(crate) fn shown(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", name(command)))?;
    succeeded(command, status)
}

/// Runs in silence; the output is shown when it fails, and returned when not (stdout and stderr).
pub(crate) fn quiet(command: &mut Command) -> Result<String> {
    let (status, output) = finish(command)?;
    if !status.success() {
        let from = output.len().saturating_sub(SHOWN);
        let from = (from..output.len()).find(|&at| output.is_char_boundary(at)).unwrap_or(from);
        eprintln!("{}", &output[from..]);
    }
    succeeded(command, status)?;
    Ok(output)
}

/// Runs to the end whatever comes; exit status and all output.
pub(crate) fn finish(command: &mut Command) -> Result<(ExitStatus, String)> {
    let folder = paths::target().join("xtask");
    fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    let path = folder.join(format!("output-{}.log", std::process::id()));
    let mut file =
        File::options().create(true).truncate(true).read(true).write(true).open(&path)?;
    // A file, not a pipe: what the program starts may outlive it and would hold a pipe open.
    let status = command
        .stdout(file.try_clone()?)
        .stderr(file.try_clone()?)
        .status()
        .with_context(|| format!("cannot start {}", name(command)))?;
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    fs::remove_file(&path)?;
    Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
}

/// Standard output of a short program, trimmed.
pub(crate) fn stdout(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start {}", name(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no message");
        bail!("{}: {}", name(command), last.trim_start_matches("error: "));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether a program can be started at all.
pub(crate) fn exists(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn succeeded(command: &Command, status: ExitStatus) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    bail!("{} failed ({status})", line(command))
}

fn name(command: &Command) -> String {
    Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn line(command: &Command) -> String {
    let arguments = command.get_args().map(OsStr::to_string_lossy);
    let words: Vec<_> = std::iter::once(name(command).into()).chain(arguments).collect();
    words.join(" ")
}
