//! Limits that limit, and only what they should.

use std::fs::File;
use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::stack::Stack;
use super::wait::{pause, wait_until};
use crate::run;

/// Of a recording that nobody has: the server refuses it (401), which is how we know that nginx did not.
const SEGMENTS: &str = "/api/v1/recordings/01a21db6-0f68-7008-9d44-ffd23f0af0b3/segments";
const REFUSED: &str =
    "\"status\":429,\"detail\":\"Too many requests come from this address. Nothing is lost;";
const MIB: u64 = 1 << 20;
const STREAMS: u32 = 2_000;

/// 50 at once: the burst of 20, the one that is due, and what becomes due meanwhile; the others 429 with `Retry-After`.
pub(crate) fn requests(stack: &Stack<'_>) -> Result<()> {
    pause(Duration::from_secs(4));
    let bodies = stack.path("limited");
    std::fs::create_dir_all(&bodies)?;
    let output = bodies.join("#1");
    let started = Instant::now();
    let counts =
        stack.client().many("/api/v1/me?[1-50]", 50, &["--output", &output.to_string_lossy()])?;
    println!("  50 at once, in {:.1} s: {counts:?}", started.elapsed().as_secs_f64());
    let passed = counts.get("401").copied().unwrap_or(0);
    // Ten more become due in every second that the requests take to come.
    let due = u32::try_from(started.elapsed().as_millis() / 100)?;
    ensure!((21..=21 + due).contains(&passed), "{passed} passed, about 21 should");
    ensure!(counts.get("429 1") == Some(&(50 - passed)), "not every other is 429 with Retry-After");
    for number in 1..=50 {
        let body = std::fs::read_to_string(bodies.join(number.to_string()))?;
        ensure!(
            body.contains("\"code\":\"unauthenticated\"") || body.contains(REFUSED),
            "no problem: {body}"
        );
    }
    Ok(())
}

/// Workstations behind one address: what one asks leaves the others theirs.
pub(crate) fn neighbours(stack: &Stack<'_>) -> Result<()> {
    pause(Duration::from_secs(4));
    let mut counts = Vec::new();
    for workstation in 1..=5 {
        let credential = format!("Authorization: Bearer {workstation}");
        counts.push(stack.client().many("/api/v1/me?[1-20]", 20, &["--header", &credential])?);
    }
    println!("  20 at once from each of 5 workstations: {counts:?}");
    ensure!(
        counts.iter().all(|counts| counts.get("401") == Some(&20)),
        "one workstation was refused for what others asked"
    );
    Ok(())
}

/// What a workstation sends after a day without a line. The server reads each whole, and then misses a header.
pub(crate) fn backlog(stack: &Stack<'_>, token: &Path) -> Result<()> {
    let body = filled(stack, 64 * 1024)?;
    let token = format!("@{}", token.display());
    let upload = ["--upload-file", &body.to_string_lossy(), "--header", &token];
    let counts = stack.client().many(&format!("{SEGMENTS}/[0-499]"), 16, &upload)?;
    println!("  500 segments of 64 KiB, 16 at a time: {counts:?}");
    ensure!(counts.get("400") == Some(&500), "a segment did not reach the server");
    Ok(())
}

/// Passwords are tried slowly: ten at once, then twelve a minute.
pub(crate) fn passwords(stack: &Stack<'_>) -> Result<()> {
    pause(Duration::from_secs(3));
    let guess = r#"{"email":"nobody@example.com","password":"not the password"}"#;
    let arguments = ["--header", "Content-Type: application/json", "--data", guess];
    let counts = stack.client().many("/api/v1/sign-in?[1-20]", 20, &arguments)?;
    println!("  20 sign-ins at once: {counts:?}");
    ensure!(counts.get("401") == Some(&11), "not 11 of 20 guesses reached the server");
    ensure!(counts.get("429 1") == Some(&9), "the others are not 429");
    Ok(())
}

/// 30 MB for audio, 1 MB for the rest.
pub(crate) fn bodies(stack: &Stack<'_>) -> Result<()> {
    let client = stack.client();
    let path = format!("{SEGMENTS}/0");
    for protocol in ["--http1.1", "--http2"] {
        for (mebibytes, refused) in [(30, false), (31, true)] {
            let body = filled(stack, mebibytes * MIB)?;
            let upload = [protocol, "--upload-file", &body.to_string_lossy()];
            let answer = client.ask(&path, &upload)?;
            // The server's own answers have a number with dashes.
            let by_nginx = answer.header("x-request-id").is_some_and(|id| !id.contains('-'));
            let is_problem = answer.problem().as_deref() == Some("payload_too_large");
            println!("  {mebibytes} MiB of audio by {}: {}", &protocol[2..], answer.status);
            ensure!(
                (by_nginx && answer.status == 413 && is_problem) == refused,
                "{mebibytes} MiB: {} {}",
                answer.status,
                answer.body
            );
        }
    }
    pause(Duration::from_secs(3));
    let body = format!("@{}", filled(stack, 2 * MIB)?.display());
    let json = ["--header", "Content-Type: application/json", "--data-binary", &body];
    let answer = client.ask("/api/v1/auth/refresh", &json)?;
    ensure!(
        answer.problem().as_deref() == Some("payload_too_large"),
        "2 MB of JSON: {}",
        answer.status
    );
    ensure!(answer.body.contains("Nothing was stored"), "a problem that does not say what is safe");
    Ok(())
}

/// A file of so many bytes.
fn filled(stack: &Stack<'_>, bytes: u64) -> Result<PathBuf> {
    let path = stack.path(&format!("body-{bytes}"));
    File::create(&path)?.set_len(bytes)?;
    Ok(path)
}

/// Clients that never finish hold a connection of nginx, and nobody else up: neither others nor the server.
pub(crate) fn slow_clients(stack: &Stack<'_>) -> Result<()> {
    pause(Duration::from_secs(4));
    let client = stack.client();
    let mut heads = Vec::new();
    for _ in 0..500 {
        let mut connection = TcpStream::connect(("127.0.0.1", stack.http_port))?;
        connection.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")?;
        heads.push(connection);
    }
    let body = format!("@{}", filled(stack, MIB / 2)?.display());
    let mut bodies = Vec::new();
    for _ in 0..15 {
        let mut curl = client.curl("/api/v1/auth/refresh");
        curl.args(["--limit-rate", "4k", "--output", "/dev/null", "--data-binary", &body]);
        bodies.push(curl.stderr(Stdio::null()).spawn()?);
    }
    pause(Duration::from_secs(2));
    let answer = client.ask("/health", &["--write-out", "\ntook %{time_total}"]);
    let held = open(stack);
    for curl in &mut bodies {
        let _ = curl.kill();
        let _ = curl.wait();
    }
    drop(heads);
    let (answer, held) = (answer?, held?);
    let took = answer.body.rsplit("took ").next().and_then(|took| took.parse::<f64>().ok());
    let took = took.unwrap_or(f64::INFINITY);
    println!(
        "  /health beside 500 slow heads and 15 slow bodies: {} in {took:.3} s; they hold {held} connections of the server",
        answer.status
    );
    ensure!(answer.status == 200 && took < 2.0, "slow clients hold others up");
    ensure!(held < 5, "slow clients hold the server's connections");
    Ok(())
}

/// Windows that stay open: each with its event stream, all at the same time.
pub(crate) fn streams(stack: &Stack<'_>, session: &Path) -> Result<()> {
    let client = stack.client();
    let mut curls = Vec::new();
    // curl opens at most 300 at once.
    for _ in 0..STREAMS / 250 {
        let mut curl = client.curl("/api/v1/events?[1-250]");
        curl.args(["--http1.1", "--parallel", "--parallel-immediate", "--parallel-max", "250"]);
        curl.args([
            "--no-buffer",
            "--max-time",
            "90",
            "--no-progress-meter",
            "--output",
            "/dev/null",
        ]);
        curl.arg("--cookie").arg(session).stderr(Stdio::null());
        curls.push(curl.spawn()?);
    }
    let mut most = 0;
    let opened = wait_until("2,000 event streams are open", Duration::from_secs(75), || {
        most = most.max(open(stack)?);
        Ok(most >= STREAMS)
    });
    let health = client.get("/health");
    for curl in &mut curls {
        let _ = curl.kill();
        let _ = curl.wait();
    }
    println!("  {most} event streams open at once, the last after {:.1} s", opened?.as_secs_f64());
    ensure!(health?.status == 200, "the server is not well with 2,000 streams");
    Ok(())
}

/// Connections between nginx and the server: one for each stream that is answered.
fn open(stack: &Stack<'_>) -> Result<u32> {
    let table = stack.exec("server", &["cat", "/proc/net/tcp", "/proc/net/tcp6"])?;
    // 0BB9: port 3001; 01: established.
    let streams = table.lines().filter(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let ours = fields.next().is_some_and(|local| local.ends_with(":0BB9"));
        ours && fields.nth(1) == Some("01")
    });
    Ok(u32::try_from(streams.count())?)
}

/// Nothing of a query is written down.
pub(crate) fn logs(stack: &Stack<'_>) -> Result<()> {
    stack.client().get("/assets/of-the-log.js?name=Marianne")?;
    // nginx writes a line once it has answered.
    let mut log = String::new();
    wait_until("the request is in nginx' log", Duration::from_secs(10), || {
        log = stack.access_log()?;
        Ok(log.contains("\"path\":\"/assets/of-the-log.js\""))
    })?;
    ensure!(!log.contains("Marianne"), "a query is in the log");
    let output = run::quiet(stack.compose().args(["logs", "nginx"]))?;
    ensure!(!output.contains("Marianne"), "a query is in nginx's output");
    Ok(())
}
