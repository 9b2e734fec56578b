//! One container of a service: killed, stopped, waited for, read.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::engine::Engine;
use super::wait::wait_until;
use crate::run;

#[derive(Clone)]
pub(crate) struct Container<'a> {
    pub(super) engine: &'a Engine,
    /// For people: the service, with a number when there are several.
    pub(crate) name: String,
    pub(crate) id: String,
}

impl Container<'_> {
    /// Waits until it says that it is well, again or for the first time.
    pub(crate) fn until_healthy(&self) -> Result<Duration> {
        let what = format!("{} is healthy", self.name);
        wait_until(&what, Duration::from_secs(120), || {
            Ok(self.inspect("{{.State.Running}} {{.State.Health.Status}}")? == "true healthy")
        })
    }

    /// As a crash: the engine's own `kill` would count as a wish that it stay down. Returns when it runs again.
    pub(crate) fn kill(&self) -> Result<()> {
        let before = self.pid()?;
        run::stdout(run::command("kill").args(["-s", "KILL", &before])).context("kill")?;
        let what = format!("{} runs again", self.name);
        wait_until(&what, Duration::from_secs(60), || {
            let now = self.pid()?;
            Ok(now != before && now != "0")
        })
        .map(drop)
    }

    /// Told to end, and given the time that its service has; it must end by itself, and well.
    pub(crate) fn stop(&self) -> Result<()> {
        run::quiet(self.engine.docker().args(["stop", "--time", "40", &self.id]))?;
        let code = self.inspect("{{.State.ExitCode}}")?;
        ensure!(code == "0", "{} was told to end and ended with {code}", self.name);
        Ok(())
    }

    pub(crate) fn start(&self) -> Result<()> {
        run::quiet(self.engine.docker().args(["start", &self.id])).map(drop)
    }

    /// Its first process, as the host counts; 0 when it does not run.
    pub(crate) fn pid(&self) -> Result<String> {
        self.inspect("{{.State.Pid}}")
    }

    /// Lines of its log that hold all of these.
    pub(crate) fn logged(&self, words: &[&str]) -> Result<usize> {
        let log = run::quiet(self.engine.podman().args(["logs", &self.id]))?;
        Ok(log.lines().filter(|line| words.iter().all(|word| line.contains(word))).count())
    }

    fn inspect(&self, what: &str) -> Result<String> {
        run::stdout(self.engine.docker().args(["inspect", "--format", what, &self.id]))
    }
}
