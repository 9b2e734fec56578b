//! A clinician who listens, on a good line.

use anyhow::{Context as _, Result, ensure};
use medrecord_common::ids::RecordingId;

use super::installation::{EMAIL, PASSWORD};

pub(crate) struct Browser {
    http: reqwest::Client,
    origin: String,
    cookie: String,
}

impl Browser {
    pub(crate) async fn sign_in(address: &str) -> Result<Self> {
        // The server is killed between two requests: no connection is kept.
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build()?;
        let origin = format!("http://{address}");
        let body = serde_json::json!({ "email": EMAIL, "password": PASSWORD });
        let request = http.post(format!("{origin}/api/v1/sign-in")).json(&body);
        let answer = request.header("sec-fetch-site", "same-origin").send().await?;
        ensure!(answer.status().is_success(), "sign in: {}", answer.status());
        let cookie = answer.headers().get("set-cookie").context("no cookie")?.to_str()?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(Self { http, origin, cookie })
    }

    pub(crate) async fn audio(&self, id: RecordingId) -> Result<Vec<i16>> {
        let request = self.http.get(format!("{}/api/v1/recordings/{id}/audio", self.origin));
        let answer = request.header("cookie", &self.cookie).send().await?.error_for_status()?;
        let bytes = answer.bytes().await?;
        let mut wav = hound::WavReader::new(&bytes[..])?;
        Ok(wav.samples().collect::<Result<_, _>>()?)
    }
}
