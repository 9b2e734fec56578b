//! `list`: the current clinician's recordings, newest first. Names only in JSON.

use clap::Args;
use medrecord_recorder::recorder::Recorder;

use super::say;

#[derive(Debug, Args)]
pub(super) struct List {
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(&self, recorder: &Recorder) -> anyhow::Result<()> {
        if self.json {
            return print_json(recorder);
        }
        for row in recorder.recordings()? {
            say(format_args!(
                "{}  {}  {:>4} s  {} of {} parts sent  {:?}{}",
                row.id,
                row.started_at.format("%Y-%m-%d %H:%M"),
                row.duration_ms / 1_000,
                row.segments_sent,
                row.segments,
                row.state,
                row.reason.map(|reason| format!("  {reason}")).unwrap_or_default(),
            ))?;
        }
        Ok(())
    }
}

pub(super) fn print_json(recorder: &Recorder) -> anyhow::Result<()> {
    Ok(say(serde_json::to_string(&recorder.recordings()?)?)?)
}
