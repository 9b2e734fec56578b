//! Requests to the stack from outside, by curl: it speaks TLS with an authority of ours, HTTP/2, and many at once.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::run;

/// Where to, and whom to trust.
pub(crate) struct Client {
    origin: String,
    authority: PathBuf,
}

/// A whole answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in small letters.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Client {
    pub(super) const fn new(origin: String, authority: PathBuf) -> Self {
        Self { origin, authority }
    }

    /// curl, told whom to trust; `path` may hold curl's own `[1-50]`.
    pub(crate) fn curl(&self, path: &str) -> Command {
        let mut curl = run::command("curl");
        curl.args(["--silent", "--show-error", "--max-time", "120", "--cacert"])
            .arg(&self.authority);
        curl.arg(format!("{}{path}", self.origin));
        curl
    }

    pub(crate) fn get(&self, path: &str) -> Result<Answer> {
        self.ask(path, &[])
    }

    /// One request with more of curl's arguments.
    pub(crate) fn ask(&self, path: &str, arguments: &[&str]) -> Result<Answer> {
        let said = run::stdout(self.curl(path).arg("--include").args(arguments))?;
        // A body that is sent may be announced first: what counts is the last head.
        let at = said.rfind("HTTP/").context("curl printed no answer")?;
        let (head, body) = split(&said[at..]);
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("no status")?;
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
            .collect();
        Ok(Answer { status: status.parse()?, headers, body: body.to_owned() })
    }

    /// Many requests, and how often each status came; `format` is what counts as one (curl's `--write-out`).
    pub(crate) fn many(
        &self,
        path: &str,
        at_once: u32,
        arguments: &[&str],
    ) -> Result<BTreeMap<String, u32>> {
        let mut curl = self.curl(path);
        curl.args(["--parallel", "--parallel-immediate", "--parallel-max", &at_once.to_string()]);
        curl.args(["--no-progress-meter", "--output", "/dev/null"]);
        curl.args(["--write-out", "%{http_code} %header{retry-after}\\n"]).args(arguments);
        let mut counts = BTreeMap::new();
        for line in run::stdout(&mut curl)?.lines() {
            *counts.entry(line.trim().to_owned()).or_default() += 1;
        }
        Ok(counts)
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(header, _)| header == name);
        values.next().map(|(_, value)| value.as_str())
    }

    /// The code of the problem that it is; none when it is none.
    pub(crate) fn problem(&self) -> Option<String> {
        self.header("content-type").filter(|kind| kind.starts_with("application/problem+json"))?;
        let problem: Value = serde_json::from_str(&self.body).ok()?;
        // Of everything that the wire contract promises.
        let whole =
            ["type", "title", "detail", "request_id"].iter().all(|name| problem[*name].is_string());
        let agrees = problem["status"].as_u64() == Some(self.status.into());
        problem["code"].as_str().filter(|_| whole && agrees).map(str::to_owned)
    }
}

fn split(answer: &str) -> (&str, &str) {
    answer.split_once("\r\n\r\n").unwrap_or((answer, ""))
}
