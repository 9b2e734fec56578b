//! `discard`, `restore`, `trash`: what was thrown away stays for 30 days.

use clap::Args;
use medrecord_common::ids::RecordingId;
use medrecord_recorder::recorder::Recorder;

use super::say;

#[derive(Debug, Args)]
pub(super) struct Discard {
    recording: RecordingId,
}

#[derive(Debug, Args)]
pub(super) struct Restore {
    recording: RecordingId,
}

#[derive(Debug, Args)]
pub(super) struct Trash {}

impl Discard {
    pub(super) fn run(&self, recorder: &Recorder) -> anyhow::Result<()> {
        Ok(recorder.discard(self.recording)?)
    }
}

impl Restore {
    pub(super) fn run(&self, recorder: &Recorder) -> anyhow::Result<()> {
        Ok(recorder.restore(self.recording)?)
    }
}

impl Trash {
    pub(super) fn run(&self, recorder: &Recorder) -> anyhow::Result<()> {
        for row in recorder.trash()? {
            say(format_args!(
                "{}  {}  {:>4} s  goes {}",
                row.id,
                row.started_at.format("%Y-%m-%d %H:%M"),
                row.duration_ms / 1_000,
                row.goes_at.format("%Y-%m-%d"),
            ))?;
        }
        Ok(())
    }
}
