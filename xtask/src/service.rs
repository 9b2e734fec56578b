//! A program that runs beside us: started, waited for by a line of its output, stopped with us.
//!
//! It dies with us in every case: by `Drop` on errors, by the terminal's own signal on Ctrl-C, and by the
//! kernel's parent-death signal (`setpriv --pdeathsig`) when we are killed.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// What a service that is told to end may take before it is killed.
const PATIENCE: Duration = Duration::from_secs(10);

/// The signal that a service takes as "finish what you do and end".
#[derive(Clone, Copy)]
pub(crate) enum Stop {
    Interrupt,
    Terminate,
}

impl Stop {
    const fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "INT",
            Self::Terminate => "TERM",
        }
    }
}

/// A running program.
pub(crate) struct Service {
    name: String,
    child: Child,
    lines: Receiver<String>,
    stop: Stop,
}

/// Wraps a command so that the kernel stops it when we die.
pub(crate) fn bound_to_us(program: &Path, stop: Stop, as_nobody: bool) -> Command {
    let mut command = Command::new("setpriv");
    command.arg("--pdeathsig").arg(stop.name());
    if as_nobody {
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    }
    command.arg(program);
    command
}

impl Service {
    /// Starts it. Its output goes to `log`; the lines of the stream that says when it is ready can be waited for.
    pub(crate) fn start(
        name: &str,
        mut command: Command,
        log: &Path,
        stop: Stop,
        ready_on: Stream,
    ) -> Result<Self> {
        let file = File::create(log).with_context(|| format!("create {}", log.display()))?;
        command.stdin(Stdio::null());
        match ready_on {
            Stream::Stdout => command.stdout(Stdio::piped()).stderr(file.try_clone()?),
            Stream::Stderr => command.stdout(file.try_clone()?).stderr(Stdio::piped()),
        };
        let mut child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        let pipe: Box<dyn Read + Send> = match ready_on {
            Stream::Stdout => Box::new(child.stdout.take().expect("invariant: stdout is piped")),
            Stream::Stderr => Box::new(child.stderr.take().expect("invariant: stderr is piped")),
        };
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let mut file = file;
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                let _ = writeln!(file, "{line}");
                let _ = sender.send(line);
            }
        });
        Ok(Self { name: name.to_owned(), child, lines, stop })
    }

    /// Waits until a line matches, and returns what `wanted` made of it.
    pub(crate) fn wait_for<T>(
        &self,
        log: &Path,
        within: Duration,
        wanted: impl Fn(&str) -> Option<T>,
    ) -> Result<T> {
        loop {
            match self.lines.recv_timeout(within) {
                Ok(line) => {
                    if let Some(found) = wanted(&line) {
                        return Ok(found);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    bail!(
                        "{} is not ready after {} s; see {}",
                        self.name,
                        within.as_secs(),
                        log.display()
                    )
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let said = std::fs::read_to_string(log).unwrap_or_default();
                    let last: Vec<_> = said.lines().rev().take(12).collect();
                    let last = last.into_iter().rev().collect::<Vec<_>>().join("\n  ");
                    bail!("{} ended at once: {last}", self.name)
                }
            }
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it ends by itself.
    pub(crate) fn wait(&mut self) -> Result<()> {
        self.child.wait()?;
        Ok(())
    }
}

/// Which of the two streams tells when a service is ready.
#[derive(Clone, Copy)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

impl Drop for Service {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-s", self.stop.name(), &pid]).status();
        // The pipe closes when the program and all that it started are gone.
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    let _ = self.child.kill();
                    break;
                }
            }
        }
        let _ = self.child.wait();
    }
}
