//! Uploads to our server, as a workstation makes them: create, segments, complete.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use medrecord_common::auth::{Enrol, Enrolled};
use medrecord_common::ids::RecordingId;
use medrecord_common::manifest::{self, Complete};
use medrecord_common::receipt::Completed;
use medrecord_common::recording::CreateRecording;
use reqwest::{Client, Method, RequestBuilder};

use super::installation::{EMAIL, Installation, PASSWORD};
use super::measure::{self, Taken};
use super::speech::Segment;

const TIMEOUT: Duration = Duration::from_secs(60);

/// A workstation with a credential and a connection of its own.
pub(crate) struct Workstation {
    http: Client,
    base: String,
    token: String,
}

impl Workstation {
    pub(crate) async fn enrol(address: &str, name: String) -> Result<Self> {
        // Without certificates, which would be read for each: nothing here is encrypted.
        let http = Client::builder().no_proxy().tls_certs_only([]).timeout(TIMEOUT).build()?;
        let base = format!("http://{address}/api/v1");
        let enrol = Enrol {
            email: EMAIL.to_owned(),
            password: PASSWORD.to_owned(),
            device_name: name,
            platform: "linux".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            device: None,
        };
        let answer = http.post(format!("{base}/devices")).json(&enrol).send().await?;
        let enrolled: Enrolled = answer.error_for_status()?.json().await?;
        Ok(Self { http, base, token: enrolled.tokens.access_token })
    }

    pub(crate) async fn create(&self) -> Result<RecordingId> {
        let id = RecordingId::new();
        let create = CreateRecording::dictation(Utc::now());
        let request = self.request(Method::PUT, &format!("recordings/{id}")).json(&create);
        request.send().await?.error_for_status()?.bytes().await?;
        Ok(id)
    }

    pub(crate) async fn put(&self, id: RecordingId, seq: usize, segment: &Segment) -> Result<()> {
        let digest = STANDARD.encode(segment.digest.0);
        let request = self
            .request(Method::PUT, &format!("recordings/{id}/segments/{seq}"))
            .header("Content-Type", "audio/flac")
            .header("Content-Digest", format!("sha-256=:{digest}:"))
            .header("Segment", segment.header(seq).to_value())
            .body(segment.flac.clone());
        request.send().await?.error_for_status()?.bytes().await?;
        Ok(())
    }

    /// The clinician's events, for as long as it is read.
    pub(crate) async fn events(&self) -> Result<reqwest::Response> {
        let request = self.request(Method::GET, "events").timeout(Duration::from_secs(24 * 3_600));
        Ok(request.send().await?.error_for_status()?)
    }

    pub(crate) async fn complete(&self, id: RecordingId, segments: &[Segment]) -> Result<()> {
        let lines = segments.iter().enumerate().map(|(seq, it)| (it.header(seq), it.digest));
        let manifest = manifest::text(&lines.collect::<Vec<_>>(), &[]);
        let request = self.request(Method::POST, &format!("recordings/{id}/complete"));
        let answer = request.json(&Complete { manifest, changes: 0 }).send().await?;
        let completed: Completed = answer.error_for_status()?.json().await?;
        ensure!(!completed.receipt.is_empty(), "no receipt");
        Ok(())
    }

    /// The number of requests.
    async fn upload(&self, segments: &[Segment]) -> Result<u64> {
        let id = self.create().await?;
        for (seq, segment) in segments.iter().enumerate() {
            self.put(id, seq, segment).await?;
        }
        self.complete(id, segments).await?;
        Ok(segments.len() as u64 + 2)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}/{path}", self.base)).bearer_auth(&self.token)
    }
}

/// So many, as quickly as the server checks their password.
pub(crate) async fn enrol(installation: &Installation, number: usize) -> Result<Vec<Workstation>> {
    let address = installation.address();
    stream::iter(0..number)
        .map(|one| Workstation::enrol(&address, format!("Bench {one}")))
        .buffered(4)
        .try_collect()
        .await
}

/// Uploads all, so many at the same time, each from a workstation of its own.
pub(crate) async fn run(
    installation: &Installation,
    recordings: &[Vec<Segment>],
    parallel: usize,
) -> Result<(u64, Taken)> {
    let workstations = enrol(installation, parallel).await?;
    let uploads = stream::iter(recordings.iter().zip(workstations.iter().cycle()))
        .map(|(recording, workstation)| workstation.upload(recording))
        .buffer_unordered(parallel)
        .try_fold(0, async |sum, requests| Ok(sum + requests));
    let (server, postgres) = processes(installation)?;
    measure::during(server, Some(postgres), uploads).await
}

/// The server's process and PostgreSQL's.
pub(crate) fn processes(installation: &Installation) -> Result<(u32, u32)> {
    let server = installation.server.as_ref().and_then(|it| it.id()).context("no server runs")?;
    let postgres = installation.postgres.child.as_ref().and_then(|it| it.id());
    Ok((server, postgres.context("no PostgreSQL runs")?))
}
