//! `import`: prints the new recording's id.

use std::path::PathBuf;

use clap::Args;
use medrecord_recorder::recorder::Recorder;

use super::patient::PatientArguments;
use super::say;

#[derive(Debug, Args)]
pub(super) struct Import {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    patient: PatientArguments,
}

impl Import {
    pub(super) fn run(&self, recorder: &Recorder) -> anyhow::Result<()> {
        let imported = recorder.import(&self.file, self.patient.patient())?;
        if let Some(at) = imported.broken_at_ms {
            let at = at / 1_000;
            tracing::warn!("the file is damaged or cut off at {at} s; what could be read was kept");
        }
        Ok(say(imported.recording)?)
    }
}
