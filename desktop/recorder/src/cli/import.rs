//! `import`: prints the new recording's id.

use std::path::PathBuf;

use clap::Args;
use medrecord_recorder::recorder::Recorder;

use super::patient::PatientArguments;
use super::say;

#[derive(Debug, Args)]
pub(super) struct Import {
    #[arg(value_name = "FILE.wav")]
    file: PathBuf,
    #[command(flatten)]
    patient: PatientArguments,
}

impl Import {
    pub(super) fn run(&self, recorder: &Recorder) -> anyhow::Result<()> {
        Ok(say(recorder.import(&self.file, self.patient.patient())?)?)
    }
}
