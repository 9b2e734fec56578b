//! The headless recorder of the demo, with its own outbox and a key file instead of the keyring.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::home::{self, Home};
use crate::{paths, run};

/// `medrecord-recorder` with the demo's folder.
pub(crate) struct Recorder {
    folder: PathBuf,
    log: PathBuf,
}

impl Recorder {
    pub(crate) fn new(home: &Home) -> Self {
        Self { folder: home.path("recorder"), log: home.log("recorder") }
    }

    /// Enrols this workstation, unless it is enrolled at this address already.
    pub(crate) fn enrol(&self, home: &Home, url: &str) -> Result<()> {
        if home.remembers("enrolled", url) {
            return Ok(());
        }
        eprintln!(
            "  The demo keeps the key of its recordings in a file, {}: whoever reads that file can read them.",
            key_file(&self.folder).display()
        );
        let mut command = self.command("enrol");
        command.args([
            "--server",
            url,
            "--email",
            home::EMAIL,
            "--device-name",
            "Demo workstation",
        ]);
        self.run(command.env("MEDRECORD_PASSWORD", home.password()?))?;
        home.remember("enrolled", url)
    }

    /// Takes a file through the capture pipeline; the id of the new recording.
    pub(crate) fn import(&self, file: &Path) -> Result<String> {
        let said = self.run(self.command("import").arg(file))?;
        said.lines()
            .next()
            .map(|id| id.trim().to_owned())
            .context("the recorder printed no recording id")
    }

    /// Syncs until the server has everything and is done with it.
    pub(crate) fn sync(&self) -> Result<()> {
        self.run(self.command("sync").arg("--until-done")).map(drop)
    }

    fn command(&self, name: &str) -> Command {
        let mut recorder = run::command(paths::program("medrecord-recorder"));
        recorder
            .arg("--data")
            .arg(&self.folder)
            .arg("--key-file")
            .arg(key_file(&self.folder))
            .arg(name);
        recorder
    }

    /// Standard output; on failure the recorder's own sentence is the error.
    fn run(&self, command: &mut Command) -> Result<String> {
        let output = command.output().context("cannot start medrecord-recorder")?;
        let said = String::from_utf8_lossy(&output.stderr);
        fs::write(&self.log, said.as_bytes())?;
        if !output.status.success() {
            let last = said.lines().rev().find(|line| !line.trim().is_empty());
            bail!(
                "{}",
                last.unwrap_or("the recorder failed without a word").trim_start_matches("error: ")
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// The file that holds the key of the outbox.
pub(crate) fn key_file(folder: &Path) -> PathBuf {
    folder.join("outbox.key")
}
