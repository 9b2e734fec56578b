//! The tus servers: npm `@tus/server` with `@tus/file-store`, and PyPI `tuspyserver` under uvicorn.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use reqwest::{Client, StatusCode, Url};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use super::measure::{self, Taken};
use super::speech::{self, Segment};

const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy)]
pub(crate) enum Peer {
    Node,
    Python,
}

/// How a recording is sent.
#[derive(Clone, Copy)]
pub(crate) enum Parts {
    /// In one request, after Stop.
    Whole,
    /// In one request a segment, as it can be while someone speaks.
    Segments,
}

impl Peer {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Node => "@tus/server",
            Self::Python => "tuspyserver",
        }
    }

    /// Starts it from `folder`, where its packages are; it keeps what it receives in `files`.
    fn start(self, folder: &Path, files: &Path, port: u16) -> Result<Child> {
        let (program, script, text) = match self {
            Self::Node => ("node".into(), "tus.mjs", include_str!("tus.mjs")),
            Self::Python => (folder.join("venv/bin/python"), "tus.py", include_str!("tus.py")),
        };
        // Node looks for packages beside the script.
        std::fs::write(folder.join(script), text)?;
        let mut command = Command::new(program);
        command.arg(script).arg(port.to_string()).arg(files).current_dir(folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        Ok(command.spawn()?)
    }
}

impl Parts {
    pub(crate) const fn in_words(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Segments => "a request a segment",
        }
    }
}

/// Uploads all, so many at the same time.
pub(crate) async fn run(
    peer: Peer,
    parts: Parts,
    folder: &Path,
    recordings: &[Vec<Segment>],
    parallel: usize,
) -> Result<(u64, Taken)> {
    let files = TempDir::new()?;
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut child = peer.start(folder, files.path(), port)?;
    let since = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        ensure!(since.elapsed() < PATIENCE, "{} does not start", peer.name());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let server = child.id().context("it has ended")?;
    let http = Client::builder().no_proxy().build()?;
    let url: Url = format!("http://127.0.0.1:{port}/files/").parse()?;
    let uploads = stream::iter(recordings)
        .map(|recording| upload(&http, &url, recording, parts))
        .buffer_unordered(parallel)
        .try_fold(0, async |sum, requests| Ok(sum + requests));
    let taken = measure::during(server, None, uploads).await?;
    child.kill().await?;
    let kept: u64 = walk(files.path())?;
    ensure!(kept >= speech::bytes(recordings) as u64, "{} lost something", peer.name());
    Ok(taken)
}

/// The number of requests.
async fn upload(http: &Client, url: &Url, recording: &[Segment], parts: Parts) -> Result<u64> {
    let length = speech::size(recording);
    let create = http.post(url.clone()).header("Tus-Resumable", "1.0.0");
    let created = create.header("Upload-Length", length).send().await?.error_for_status()?;
    let location = created.headers().get("Location").context("no Location")?.to_str()?;
    let at = url.join(location)?;
    let bodies: Vec<Bytes> = match parts {
        Parts::Segments => recording.iter().map(|segment| segment.flac.clone()).collect(),
        Parts::Whole => {
            let all: Vec<_> = recording.iter().map(|segment| segment.flac.as_ref()).collect();
            vec![all.concat().into()]
        }
    };
    let (mut offset, mut requests) = (0, 1);
    for body in bodies {
        let bytes = body.len();
        let patch = http
            .patch(at.clone())
            .header("Tus-Resumable", "1.0.0")
            .header("Upload-Offset", offset)
            .header("Content-Type", "application/offset+octet-stream")
            .body(body);
        let answer = patch.send().await?.error_for_status()?;
        ensure!(answer.status() == StatusCode::NO_CONTENT, "{}", answer.status());
        (offset, requests) = (offset + bytes, requests + 1);
    }
    ensure!(offset == length, "not all was sent");
    Ok(requests)
}

/// Bytes of all files in a folder.
fn walk(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let (entry, metadata) = entry.and_then(|it| it.metadata().map(|data| (it, data)))?;
        bytes += if metadata.is_dir() { walk(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}
