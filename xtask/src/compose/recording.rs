//! From a spoken word to a note: through nginx over TLS, by the recorder and by a browser's session.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::secrets;
use super::stack::Stack;
use super::workstation::Workstation;
use crate::{paths, run};

const EMAIL: &str = "clinician@example.com";

/// Someone who may sign in.
pub(crate) struct Clinician {
    password: String,
    /// curl's cookie jar, signed in.
    pub(crate) session: PathBuf,
}

impl Clinician {
    /// Added by the operator's command in the server's container, then signed in.
    pub(crate) fn add(stack: &Stack<'_>) -> Result<Self> {
        let password = secrets::random()?;
        let mut add = stack.compose();
        add.args(["exec", "-T", "--env", "MEDRECORD_PASSWORD", "server", "medrecord-server"]);
        add.args(["user", "add", "--email", EMAIL, "--name", "Dr. Test"]);
        run::stdout(add.env("MEDRECORD_PASSWORD", &password))?;
        let session = stack.path("session");
        let credentials = stack.path("credentials.json");
        fs::write(&credentials, json!({ "email": EMAIL, "password": password }).to_string())?;
        let data = format!("@{}", credentials.display());
        let answer = stack.client().ask(
            "/api/v1/sign-in",
            &[
                "--header",
                "Content-Type: application/json",
                "--data",
                &data,
                "--cookie-jar",
                &session.to_string_lossy(),
            ],
        )?;
        ensure!(answer.status == 200, "signing in: {} {}", answer.status, answer.body);
        let cookie = answer.header("set-cookie").unwrap_or_default();
        for word in ["__Host-", "Secure", "HttpOnly", "SameSite=Strict"] {
            ensure!(cookie.contains(word), "the session's cookie is not {word}");
        }
        Ok(Self { password, session })
    }

    pub(crate) const fn email(&self) -> &'static str {
        EMAIL
    }

    pub(crate) fn password(&self) -> &str {
        &self.password
    }

    /// A workstation of theirs.
    pub(crate) fn workstation(&self, stack: &Stack<'_>, name: &str) -> Result<Workstation> {
        Workstation::enrol(stack, name, EMAIL, &self.password)
    }

    /// A workstation's credential as a header in a file, for curl.
    pub(crate) fn token(&self, stack: &Stack<'_>) -> Result<PathBuf> {
        let header = stack.path("token");
        let token = self.enrol(stack, "curl", &[])?;
        fs::write(&header, format!("Authorization: Bearer {token}\n"))?;
        Ok(header)
    }

    /// Enrols a workstation that is no recorder, with more of curl's arguments; its access token.
    pub(crate) fn enrol(&self, stack: &Stack<'_>, name: &str, more: &[&str]) -> Result<String> {
        let ask = stack.path("enrol.json");
        let enrol = json!({
            "email": EMAIL, "password": self.password, "device_name": name, "platform": "linux",
            "version": env!("CARGO_PKG_VERSION"),
        });
        fs::write(&ask, enrol.to_string())?;
        let data = format!("@{}", ask.display());
        let json = ["--header", "Content-Type: application/json", "--data", &data];
        let answer = stack.client().ask("/api/v1/devices", &[&json[..], more].concat())?;
        let enrolled: Value = serde_json::from_str(&answer.body).context("enrolling")?;
        let token = enrolled["tokens"]["access_token"].as_str();
        Ok(token.with_context(|| format!("no token: {}", answer.status))?.to_owned())
    }

    fn get(&self, stack: &Stack<'_>, path: &str) -> Result<Value> {
        let answer = stack.client().ask(path, &["--cookie", &self.session.to_string_lossy()])?;
        ensure!(answer.status == 200, "{path}: {} {}", answer.status, answer.body);
        serde_json::from_str(&answer.body).with_context(|| path.to_owned())
    }
}

/// Records, syncs, and reads the note as the browser does.
pub(crate) fn to_a_note(
    stack: &Stack<'_>,
    clinician: &Clinician,
    workstation: &Workstation,
) -> Result<()> {
    let recording = workstation.import(&sample())?;
    workstation.sync_until_done()?;
    let transcript = clinician.get(stack, &format!("/api/v1/recordings/{recording}/transcript"))?;
    let note = clinician.get(stack, &format!("/api/v1/recordings/{recording}/note"))?;
    let sections = note["content"]["sections"].as_array().map_or(0, Vec::len);
    let segments = transcript["segments"].as_array().map_or(0, Vec::len);
    println!("  {segments} segments, a note of {sections} sections");
    ensure!(sections > 0 && segments > 0, "the note is empty");
    let cookie = clinician.session.to_string_lossy().into_owned();
    let audio = format!("/api/v1/recordings/{recording}/audio");
    let part =
        stack.client().ask(&audio, &["--cookie", &cookie, "--range", "0-43", "--output", "-"])?;
    ensure!(part.status == 206, "a part of the audio: {}", part.status);
    Ok(())
}

/// The shipped sample.
pub(crate) fn sample() -> PathBuf {
    paths::root().join("fixtures/progress-note.flac")
}

/// A short one, for load.
pub(crate) fn short_sample() -> PathBuf {
    paths::root().join(Path::new("fixtures/import/note.flac"))
}
