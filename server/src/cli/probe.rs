//! `probe`: a recording goes through this installation as a workstation's would, over HTTPS to its receipt and its note.
//!
//! deploy.sh asks it of every release, in a container beside the ones that run. The database makes it a workstation of
//! its own for as long as that takes; its clinician has a password that nobody knows.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use medrecord_common::auth::{Clinician, Enrol, Role};
use medrecord_common::ids::{ClinicianId, DeviceId, RecordingId};
use medrecord_common::manifest::{self, Complete};
use medrecord_common::receipt::Completed;
use medrecord_common::recording::{Change, ChangeKind, CreateRecording, Recording, Stage};
use medrecord_common::segment::{Digest, SegmentHeader};
use reqwest::{Client, RequestBuilder, Response, Url};
use sqlx::PgPool;
use uuid::Uuid;

use super::serve;
use crate::auth::{AccessTokens, Passwords};
use crate::config::Config;
use crate::db;
use crate::receipt::ReceiptSigner;

/// Four seconds of fixtures/progress-note.flac.
const SPEECH: &[u8] = include_bytes!("probe.flac");
const EMAIL: &str = "probe@medrecord.invalid";
/// Always the same workstation, so that the page of workstations has one line for all probes.
const DEVICE: DeviceId = DeviceId(Uuid::from_u128(0x6d65_6472_6563_7264_8000_7072_6f62_6521));

/// Sends the recording and waits for its note.
#[expect(clippy::print_stdout, reason = "the answer of a command goes to the terminal")]
pub(super) async fn probe(connect: Option<&str>, patience: Duration) -> anyhow::Result<()> {
    let config = Config::from_env()?;
    let pool = serve::connect(&config.database_url).await?;
    let (http, base) = client(&config, connect).await?;
    let token = enrol(&pool, &config).await?;
    let workstation = Workstation { http, base, token };
    let began = Instant::now();
    let outcome = workstation.round_trip(&config.receipt_key, patience).await;
    let mut connection = pool.acquire().await?;
    db::device::revoke(&mut connection, DEVICE, None, Utc::now()).await?;
    println!("A recording went through in {} s.", outcome.map(|()| began.elapsed().as_secs())?);
    Ok(())
}

/// Asks for the public name and checks its certificate, but may connect elsewhere: a router does not always let a
/// network's own public name in.
async fn client(config: &Config, connect: Option<&str>) -> anyhow::Result<(Client, Url)> {
    let mut base = Url::parse(&config.frontend_url)?;
    let mut builder = Client::builder()
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(30))
        .redirect(reqwest::redirect::Policy::none());
    if let Some(connect) = connect {
        let address = tokio::net::lookup_host(connect)
            .await
            .with_context(|| format!("{connect} cannot be looked up"))?
            .next()
            .with_context(|| format!("{connect} has no address"))?;
        let name = base.host_str().context("FRONTEND_URL has no host")?.to_owned();
        builder = builder.resolve(&name, address);
        // An address in `resolve` counts without its port.
        base.set_port(Some(address.port())).ok().context("FRONTEND_URL takes no port")?;
    }
    Ok((builder.build()?, base))
}

/// An access token of the probe's workstation.
async fn enrol(pool: &PgPool, config: &Config) -> anyhow::Result<String> {
    let now = Utc::now();
    let clinician = match db::clinician::find_by_email(pool, EMAIL).await? {
        Some(row) => row.clinician,
        None => add_clinician(pool).await?,
    };
    let request = Enrol {
        email: EMAIL.to_owned(),
        password: String::new(),
        device_name: "Probe of deploy.sh".to_owned(),
        platform: std::env::consts::OS.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        device: Some(DEVICE),
    };
    let credential = Uuid::now_v7();
    let mut tx = pool.begin().await?;
    db::device::enrol(&mut *tx, DEVICE, &request, now).await?;
    db::credential::replace(&mut tx, credential, DEVICE, clinician.id, now).await?;
    tx.commit().await?;
    AccessTokens::new(&config.jwt_secret, None).issue(clinician.id, credential, now)
}

async fn add_clinician(pool: &PgPool) -> anyhow::Result<Clinician> {
    let mut password = [0; 32];
    aws_lc_rs::rand::fill(&mut password).context("the system has no randomness")?;
    let clinician = Clinician {
        id: ClinicianId::new(),
        name: "Probe".to_owned(),
        email: EMAIL.to_owned(),
        role: Role::Clinician,
    };
    let hash = Passwords::new()?.hash(hex::encode(password)).await?;
    db::clinician::insert(pool, &clinician, &hash, &[]).await?;
    Ok(clinician)
}

struct Workstation {
    http: Client,
    base: Url,
    token: String,
}

impl Workstation {
    async fn round_trip(&self, signer: &ReceiptSigner, patience: Duration) -> anyhow::Result<()> {
        let id = RecordingId::new();
        self.send(id, signer).await?;
        let outcome = self.wait_for_note(id, patience).await;
        // Purged like any other that was discarded. What went wrong before matters more.
        let discard = [Change { number: 0, at: Utc::now(), what: ChangeKind::Discard }];
        let path = format!("recordings/{id}/changes");
        let discarded = answer("discard it", self.post(&path).json(&discard)).await;
        outcome.and(discarded.map(drop))
    }

    async fn send(&self, id: RecordingId, signer: &ReceiptSigner) -> anyhow::Result<()> {
        let recording = CreateRecording::dictation(Utc::now());
        let path = format!("recordings/{id}");
        answer("begin the recording", self.put(&path).json(&recording)).await?;

        let pcm = medrecord_common::audio::flac::decode(SPEECH)?;
        let samples = u32::try_from(pcm.len())?;
        let peak = pcm.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
        let header = SegmentHeader { start: 0, samples, speech: samples, peak };
        let digest = Digest::of(SPEECH);
        let segment = self
            .put(&format!("recordings/{id}/segments/0"))
            .header("content-type", "audio/flac")
            .header("content-digest", format!("sha-256=:{}:", STANDARD.encode(digest.0)))
            .header("segment", header.to_value())
            .body(SPEECH);
        answer("send its audio", segment).await?;

        let manifest = manifest::text(&[(header, digest)], &[]);
        let complete = Complete { manifest, changes: 0 };
        let path = format!("recordings/{id}/complete");
        let answer = answer("complete it", self.post(&path).json(&complete)).await?;
        let receipt = signer.verify(&answer.json::<Completed>().await?.receipt);
        ensure!(
            receipt.is_some_and(|receipt| receipt.recording == id),
            "the receipt is not signed by this installation's key"
        );
        Ok(())
    }

    async fn wait_for_note(&self, id: RecordingId, patience: Duration) -> anyhow::Result<()> {
        let until = Instant::now() + patience;
        loop {
            let is_over = Instant::now() >= until;
            match self.stage(id).await {
                Ok(Stage::Ready) => return Ok(()),
                Ok(stage) if stage.is_final() || stage == Stage::Stuck => {
                    bail!("the recording arrived, and ended as {stage:?} instead of a note")
                }
                Ok(stage) if is_over => bail!(
                    "the recording arrived, and is {stage:?} after {} s: the worker does not come to it",
                    patience.as_secs()
                ),
                Err(error) if is_over => return Err(error),
                // Also when it is too busy for an answer: a workstation asks again then.
                _ => tokio::time::sleep(Duration::from_millis(500)).await,
            }
        }
    }

    async fn stage(&self, id: RecordingId) -> anyhow::Result<Stage> {
        let asked = self.request(reqwest::Method::GET, &format!("recordings/{id}"));
        let answer = answer("ask after its note", asked).await?;
        Ok(answer.json::<Recording>().await?.stage)
    }

    fn put(&self, path: &str) -> RequestBuilder {
        self.request(reqwest::Method::PUT, path)
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.request(reqwest::Method::POST, path)
    }

    fn request(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}api/v1/{path}", self.base)).bearer_auth(&self.token)
    }
}

async fn answer(what: &str, request: RequestBuilder) -> anyhow::Result<Response> {
    let answer = request.send().await.with_context(|| format!("could not {what}: no answer"))?;
    let status = answer.status();
    ensure!(status.is_success(), "could not {what}: {status}");
    Ok(answer)
}
