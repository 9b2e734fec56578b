//! Uploads as fast as they are answered, by wrk: each connection is a workstation with a recording of its own.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;

use super::recording::Clinician;
use super::stack::Stack;
use crate::{paths, run};

pub(super) const CONNECTIONS: usize = 32;
const THREADS: &str = "2";
/// Of speech in a segment.
pub(super) const SECONDS: u32 = 22;

/// A segment as a file, with what its request says of it.
pub(super) struct Segment {
    file: PathBuf,
    pub(super) bytes: u64,
    digest: String,
}

/// What wrk counted.
pub(super) struct Sent {
    pub(super) answers: u64,
    pub(super) seconds: f64,
    /// Milliseconds from a request to its answer.
    pub(super) p50: f64,
    pub(super) p99: f64,
}

impl Segment {
    /// The first seconds of the shipped sample.
    pub(super) fn make(stack: &Stack<'_>) -> Result<Self> {
        let (wav, file, sum) = (stack.path("s.wav"), stack.path("s.flac"), stack.path("s.sum"));
        let sample = paths::root().join("fixtures/progress-note.flac");
        let mut decode = run::command("flac");
        decode.args(["--decode", "--silent", "--force", &format!("--until=0:{SECONDS}")]);
        run::quiet(decode.arg("--output-name").arg(&wav).arg(sample))?;
        let mut encode = run::command("flac");
        run::quiet(encode.args(["--silent", "--force", "--output-name"]).arg(&file).arg(wav))?;
        let mut digest = run::command("openssl");
        run::quiet(digest.args(["dgst", "-sha256", "-binary", "-out"]).arg(&sum).arg(&file))?;
        let base64 = run::stdout(run::command("openssl").args(["base64", "-in"]).arg(sum))?;
        Ok(Self { bytes: fs::metadata(&file)?.len(), file, digest: format!("sha-256=:{base64}:") })
    }

    /// Again and again for so long, numbered from `first`. One that is refused or not answered is an error.
    pub(super) fn send(
        &self,
        stack: &Stack<'_>,
        recordings: &Path,
        time: &str,
        first: u32,
    ) -> Result<Sent> {
        let mut wrk = run::command("wrk");
        wrk.args(["--threads", THREADS, "--connections", &CONNECTIONS.to_string()]);
        wrk.args(["--duration", time, "--timeout", "30s"]);
        wrk.arg("--script").arg("xtask/src/compose/uploads.lua").arg(stack.origin());
        wrk.args(["--", THREADS]).arg(&self.file).arg(&self.digest);
        wrk.args([(SECONDS * 16_000).to_string(), first.to_string()]).arg(recordings);
        let said = run::stdout(&mut wrk)?;
        let result = said.lines().find_map(|line| line.strip_prefix("result "));
        let numbers = result.with_context(|| format!("wrk has no result:\n{said}"))?.split(' ');
        let numbers = numbers.map(str::parse).collect::<Result<Vec<u64>, _>>()?;
        let [answers, micros, p50, p99, refused, lost] = numbers[..] else { bail!("{said}") };
        ensure!(refused == 0 && lost == 0, "{refused} segments were refused, {lost} had no answer");
        let seconds = micros as f64 / 1e6;
        Ok(Sent { answers, seconds, p50: p50 as f64 / 1e3, p99: p99 as f64 / 1e3 })
    }
}

/// A token for each connection. Passwords are tried slowly from one address, so each comes from its own.
pub(super) fn enrol(stack: &Stack<'_>, clinician: &Clinician) -> Result<Vec<String>> {
    let enrol =
        |number| clinician.enrol(stack, &format!("load-{number}"), &["--header", &address(number)]);
    (0..CONNECTIONS).map(enrol).collect()
}

/// A new recording for each; the file that says so to wrk.
pub(super) fn create(stack: &Stack<'_>, tokens: &[String]) -> Result<PathBuf> {
    let body =
        json!({ "kind": "dictation", "language": "en", "started_at": "2026-08-03T09:00:00Z" });
    let body = body.to_string();
    let mut lines = String::new();
    for (number, token) in tokens.iter().enumerate() {
        let id = fs::read_to_string("/proc/sys/kernel/random/uuid")?;
        let (path, bearer) =
            (format!("/api/v1/recordings/{}", id.trim()), format!("Bearer {token}"));
        let (authorization, from) = (format!("Authorization: {bearer}"), address(number));
        let json = "Content-Type: application/json";
        let headers = ["--header", json, "--header", &authorization, "--header", &from];
        let put = ["--request", "PUT", "--data", &body];
        let answer = stack.client().ask(&path, &[&headers[..], &put].concat())?;
        ensure!(answer.status == 201, "a recording: {} {}", answer.status, answer.body);
        let address = from.rsplit(' ').next().unwrap_or_default();
        lines += &format!("{} {token} {address}\n", id.trim());
    }
    let file = stack.path("recordings");
    fs::write(&file, lines)?;
    Ok(file)
}

/// Where a workstation says that it comes from.
fn address(workstation: usize) -> String {
    format!("X-Forwarded-For: 192.0.2.{}", workstation + 1)
}
