//! `trust`: whom this computer believes about a server's certificate.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::Args;
use medrecord_recorder::recorder::Recorder;
use medrecord_recorder::sync::Authority;

use super::say;

#[derive(Debug, Args)]
pub(super) struct Trust {
    /// Address of the server, e.g. https://medrecord.example.com.
    #[arg(long, value_name = "URL")]
    server: String,
    #[command(flatten)]
    whom: Whom,
    /// Only if it is this one: its SHA-256 fingerprint, as the administrator gave it.
    #[arg(long, value_name = "AB:CD:…", conflicts_with = "system")]
    fingerprint: Option<String>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Whom {
    /// The clinic's own certificate authority, a PEM file; it alone is believed then.
    #[arg(long, value_name = "FILE")]
    authority: Option<PathBuf>,
    /// The authorities that the system knows, as at first.
    #[arg(long)]
    system: bool,
}

impl Trust {
    pub(super) async fn run(self, recorder: Recorder) -> anyhow::Result<()> {
        let Some(file) = self.whom.authority else {
            recorder.trust(&self.server, None).await?;
            return Ok(say(format_args!("The system's authorities vouch for {}", self.server))?);
        };
        let pem = fs::read_to_string(&file)
            .with_context(|| format!("{} cannot be read. Nothing was changed.", file.display()))?;
        let authority = Authority::from_pem(&pem)?;
        let fingerprint = authority.fingerprint();
        if let Some(wanted) = self.fingerprint {
            ensure!(
                wanted.eq_ignore_ascii_case(&fingerprint),
                "The file is another authority: its fingerprint is {fingerprint}. Nothing was changed. Ask your \
                 administrator for the file again, by a way that nobody else can reach."
            );
        }
        recorder.trust(&self.server, Some(&authority)).await?;
        Ok(say(format_args!("Only {fingerprint} vouches for {}", self.server))?)
    }
}
