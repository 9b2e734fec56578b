//! `record`: prints the recording's id, then a line after each durable chunk.

use std::path::PathBuf;

use clap::Args;
use medrecord_common::audio::samples_to_ms;
use medrecord_recorder::audio::{Pace, open_file};
use medrecord_recorder::recorder::Recorder;
use tokio_util::sync::CancellationToken;

use super::patient::PatientArguments;
use super::{blocking, say};

#[derive(Debug, Args)]
pub(super) struct Record {
    /// A WAV file instead of the microphone, as if it were spoken now.
    #[arg(long, value_name = "FILE")]
    wav: Option<PathBuf>,
    /// So many times faster than it was spoken.
    #[arg(
        long,
        value_name = "N",
        requires = "wav",
        conflicts_with = "fast",
        default_value_t = 1.0
    )]
    speed: f64,
    /// As fast as it goes.
    #[arg(long, requires = "wav")]
    fast: bool,
    #[command(flatten)]
    patient: PatientArguments,
    /// Send it while it is being recorded.
    #[arg(long)]
    sync: bool,
}

impl Record {
    pub(super) async fn run(self, recorder: Recorder) -> anyhow::Result<()> {
        let (starting, patient) = (recorder.clone(), self.patient.patient());
        let pace = if self.fast { Pace::AsFastAsPossible } else { Pace::Times(self.speed) };
        let wav = self.wav;
        let id = blocking(move || {
            Ok(match wav {
                Some(path) => starting.start_from(open_file(path, pace), patient)?,
                None => starting.start(patient)?,
            })
        })
        .await?;
        say(id)?;
        let cancel = CancellationToken::new();
        let syncing = self.sync.then(|| {
            let (recorder, cancel) = (recorder.clone(), cancel.clone());
            tokio::spawn(async move { recorder.sync().run(cancel).await })
        });
        let followed = tokio::select! {
            followed = follow(&recorder) => followed,
            stopped = tokio::signal::ctrl_c() => stopped.map_err(Into::into),
        };
        let stopped = blocking(move || Ok(recorder.stop()?)).await;
        cancel.cancel();
        if let Some(syncing) = syncing {
            syncing.await?;
        }
        followed.and(stopped)
    }
}

/// Until the file is over.
async fn follow(recorder: &Recorder) -> anyhow::Result<()> {
    let Some((_, mut progress)) = recorder.progress() else { return Ok(()) };
    let mut said = 0;
    loop {
        let (on_disk, ended) = {
            let now = progress.borrow_and_update();
            (now.on_disk_samples, now.ended)
        };
        if on_disk > said {
            said = on_disk;
            say(format_args!("on disk {}", samples_to_ms(on_disk)))?;
        }
        if ended || progress.changed().await.is_err() {
            return Ok(());
        }
    }
}
