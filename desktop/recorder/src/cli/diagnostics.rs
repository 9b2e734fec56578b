//! `diagnostics`: the recorder's state and log as a text for support.

use std::path::PathBuf;

use chrono::Utc;
use clap::Args;
use medrecord_recorder::recorder::Recorder;

#[derive(Debug, Args)]
pub(super) struct Diagnostics {
    #[arg(value_name = "OUT.txt")]
    out: PathBuf,
}

impl Diagnostics {
    pub(super) fn run(&self, recorder: &Recorder) -> anyhow::Result<()> {
        Ok(std::fs::write(&self.out, recorder.diagnostics(Utc::now())?)?)
    }
}
