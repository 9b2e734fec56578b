//! `import`: a file becomes a recording.

use std::path::PathBuf;

use clap::Args;
use medrecord_recorder::recorder::Recorder;

use super::PatientArgs;

#[derive(Args)]
pub(super) struct Import {
    file: PathBuf,
    #[command(flatten)]
    patient: PatientArgs,
}

impl Import {
    pub(super) fn run(self, recorder: &Recorder) -> anyhow::Result<()> {
        println!("{}", recorder.import(&self.file, self.patient.patient())?);
        Ok(())
    }
}
