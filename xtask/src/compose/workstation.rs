//! Workstations: the real recorder, with a folder of its own each, which was told of the test's authority.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::stack::Stack;
use crate::{paths, run};

/// One workstation's folder.
pub(crate) struct Workstation {
    folder: PathBuf,
}

impl Workstation {
    /// Enrols a new one.
    pub(crate) fn enrol(
        stack: &Stack<'_>,
        name: &str,
        email: &str,
        password: &str,
    ) -> Result<Self> {
        let folder = stack.path(&format!("workstations/{name}"));
        std::fs::create_dir_all(&folder)?;
        let workstation = Self { folder };
        let server = stack.origin();
        let mut enrol = workstation.command("enrol");
        enrol.args(["--server", &server, "--email", email, "--device-name", name]);
        enrol.env("MEDRECORD_PASSWORD", password);
        let refused = workstation.run(&mut enrol).err().map(|error| error.to_string());
        let refused = refused.context("a server that nobody vouches for was believed")?;
        ensure!(
            refused.contains("does not trust"),
            "refused, but not for the certificate: {refused}"
        );
        let mut trust = workstation.command("trust");
        trust.args(["--server", &server]).arg("--authority").arg(stack.authority());
        workstation.run(&mut trust)?;
        workstation.run(&mut enrol)?;
        Ok(workstation)
    }

    /// Takes a file through the capture pipeline; the id of the new recording.
    pub(crate) fn import(&self, file: &Path) -> Result<String> {
        let said = self.run(self.command("import").arg(file))?;
        Ok(said.lines().next().context("the recorder printed no id")?.trim().to_owned())
    }

    /// One pass.
    pub(crate) fn sync(&self) -> Result<()> {
        self.run(&mut self.command("sync")).map(drop)
    }

    /// Until the server is done with everything.
    pub(crate) fn sync_until_done(&self) -> Result<()> {
        self.run(self.command("sync").arg("--until-done")).map(drop)
    }

    /// Recordings, their segments, and how many of those the server has.
    pub(crate) fn counts(&self) -> Result<(u64, u64, u64)> {
        let said = self.run(self.command("list").arg("--json"))?;
        let rows: Vec<Value> = serde_json::from_str(&said)?;
        let sum = |name: &str| rows.iter().filter_map(|row| row[name].as_u64()).sum();
        Ok((rows.len() as u64, sum("segments"), sum("segments_sent")))
    }

    fn command(&self, name: &str) -> Command {
        let mut recorder = run::command(paths::program("medrecord-recorder"));
        recorder.arg("--data").arg(self.folder.join("data"));
        recorder.arg("--key-file").arg(self.folder.join("key")).arg(name);
        recorder
    }

    /// Standard output; on failure the recorder's own sentence is the error.
    fn run(&self, command: &mut Command) -> Result<String> {
        let output = command.output().context("cannot start medrecord-recorder")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            bail!(
                "{}",
                said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no word")
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
