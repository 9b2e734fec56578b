//! `list`: today's recordings of this clinician, and older ones that wait.

use clap::Args;
use medrecord_recorder::recorder::Recorder;

#[derive(Args)]
pub(super) struct List {
    /// All that is known, as JSON
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(self, recorder: &Recorder) -> anyhow::Result<()> {
        let recordings = recorder.state().today;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&recordings)?);
            return Ok(());
        }
        for recording in recordings {
            println!(
                "{}  {}  {:>4} s  {:?}  {} of {} parts sent",
                recording.id,
                recording.started_at.format("%Y-%m-%d %H:%M"),
                recording.duration_ms / 1_000,
                recording.state,
                recording.segments_sent,
                recording.segments,
            );
        }
        Ok(())
    }
}
