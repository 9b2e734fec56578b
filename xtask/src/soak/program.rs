//! The real program, `medrecord-recorder`, with a folder and a key file of its own.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::wav;

/// A workstation: one folder of recordings, one program at a time.
pub(crate) struct Program {
    program: PathBuf,
    folder: PathBuf,
}

/// A line of the program, and when it came.
pub(crate) struct Line {
    pub(crate) at: Instant,
    pub(crate) text: String,
}

/// The program while it records.
pub(crate) struct Recording {
    pub(crate) child: Child,
    /// Kept until its end: the reader stops there.
    lines: JoinHandle<Vec<Line>>,
    id: std::sync::mpsc::Receiver<Line>,
}

impl Program {
    pub(crate) fn new(program: PathBuf, folder: PathBuf) -> Result<Self> {
        std::fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        Ok(Self { program, folder })
    }

    /// Its data is in `data`, its key in `key`.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--data").arg(self.folder.join("data"));
        command.arg("--key-file").arg(self.folder.join("key")).arg(name);
        command.stdin(Stdio::null());
        command
    }

    /// Starts `record --stdin`; what is spoken goes into the pipe.
    pub(crate) fn record(&self) -> Result<(Recording, ChildStdin)> {
        self.record_with(&[])
    }

    /// As [`Self::record`], with more arguments.
    pub(crate) fn record_with(&self, arguments: &[&str]) -> Result<(Recording, ChildStdin)> {
        let mut command = self.command("record");
        command.args(arguments).arg("--stdin").stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(File::options().create(true).append(true).open(self.folder.join("log"))?);
        let mut child = command.spawn().context("start the recorder")?;
        let stdin = child.stdin.take().context("the recorder's input")?;
        let stdout = child.stdout.take().context("the recorder's output")?;
        let (first, id) = std::sync::mpsc::channel();
        let lines = std::thread::spawn(move || {
            let mut lines = Vec::new();
            for text in BufReader::new(stdout).lines().map_while(Result::ok) {
                let line = Line { at: Instant::now(), text };
                if lines.is_empty() {
                    let _ = first.send(Line { at: line.at, text: line.text.clone() });
                }
                lines.push(line);
            }
            lines
        });
        Ok((Recording { child, lines, id }, stdin))
    }

    /// All recordings, as the program tells of them.
    pub(crate) fn list(&self) -> Result<Vec<Value>> {
        let said = self.run(self.command("list").arg("--json"))?;
        Ok(serde_json::from_str(&said)?)
    }

    /// The samples of a recording.
    pub(crate) fn export(&self, id: &str) -> Result<Vec<i16>> {
        let out = self.folder.join("export.wav");
        self.run(self.command("export").arg(id).arg(&out))?;
        let (rate, samples) = wav::read(&out)?;
        ensure!(rate == super::source::RATE, "an export of {rate} Hz");
        Ok(samples)
    }

    pub(crate) fn run(&self, command: &mut Command) -> Result<String> {
        let output = command.output().context("start the recorder")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("{}: {}", output.status, said.trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Recording {
    /// Waits until it says that it records: its id, and when it said so. None when it has ended before.
    pub(crate) fn begun(&self) -> Option<Line> {
        self.id.recv().ok()
    }

    /// After the program's end: all that it said, the last words before a kill too.
    pub(crate) fn lines(self) -> Result<Vec<Line>> {
        self.lines.join().ok().context("the reader of the recorder's output died")
    }
}

/// The largest N of the lines `on disk N`: what the program has acknowledged, in milliseconds.
pub(crate) fn acknowledged_ms(lines: &[Line]) -> u64 {
    lines.iter().filter_map(on_disk_ms).max().unwrap_or(0)
}

/// N of `on disk N`.
pub(crate) fn on_disk_ms(line: &Line) -> Option<u64> {
    line.text.strip_prefix("on disk ")?.parse().ok()
}
