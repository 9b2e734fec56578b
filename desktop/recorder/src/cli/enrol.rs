//! `enrol`: this computer gets a credential of its own for a clinician.

use std::env;
use std::io::BufRead as _;

use anyhow::{Context as _, ensure};
use clap::Args;
use medrecord_recorder::recorder::Recorder;
use secrecy::SecretString;

use super::say;

#[derive(Debug, Args)]
pub(super) struct Enrol {
    /// Address of the server, e.g. https://medrecord.example.com.
    #[arg(long, value_name = "URL")]
    server: String,
    #[arg(long, value_name = "E")]
    email: String,
    /// This computer's name as people know it.
    #[arg(long, value_name = "N", default_value = "Workstation")]
    device_name: String,
}

impl Enrol {
    pub(super) async fn run(self, recorder: Recorder) -> anyhow::Result<()> {
        let password = password()?;
        let account =
            recorder.enrol(&self.server, &self.email, password, &self.device_name).await?;
        Ok(say(format_args!("{} is enrolled for {}", account.device_name, account.email))?)
    }
}

fn password() -> anyhow::Result<SecretString> {
    if let Ok(password) = env::var("MEDRECORD_PASSWORD") {
        return Ok(password.into());
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("The password cannot be read.")?;
    let password = line.trim_end_matches(['\r', '\n']);
    ensure!(!password.is_empty(), "Give the password in MEDRECORD_PASSWORD or on stdin.");
    Ok(password.into())
}
