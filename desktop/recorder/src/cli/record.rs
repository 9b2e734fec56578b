//! `record`: from the microphone, or a WAV file in its place.

use std::path::PathBuf;

use clap::Args;
use medrecord_common::audio::samples_to_ms;
use medrecord_recorder::audio::{Pace, open_file};
use medrecord_recorder::recorder::Recorder;
use tokio_util::sync::CancellationToken;

use super::PatientArgs;

#[derive(Args)]
pub(super) struct Record {
    /// A WAV file in the microphone's place, in real time
    #[arg(long, value_name = "FILE")]
    wav: Option<PathBuf>,
    /// So many times faster than real time
    #[arg(long, value_name = "N", requires = "wav", default_value_t = 1.0)]
    speed: f64,
    /// As fast as it goes
    #[arg(long, requires = "wav", conflicts_with = "speed")]
    fast: bool,
    #[command(flatten)]
    patient: PatientArgs,
    /// Send segments while recording
    #[arg(long)]
    sync: bool,
}

impl Record {
    /// Prints the id, then `on disk MS` after each durable chunk.
    pub(super) async fn run(self, recorder: Recorder) -> anyhow::Result<()> {
        let pace = if self.fast { Pace::AsFastAsPossible } else { Pace::Times(self.speed) };
        let patient = self.patient.patient();
        let starting = recorder.clone();
        let id = tokio::task::spawn_blocking(move || match self.wav {
            Some(wav) => starting.start_from(open_file(wav, pace), patient),
            None => starting.start(patient),
        })
        .await??;
        println!("{id}");
        let done = CancellationToken::new();
        let syncing = self.sync.then(|| {
            let (recorder, done) = (recorder.clone(), done.clone());
            tokio::spawn(async move { recorder.run_sync(done).await })
        });
        tokio::select! {
            () = print_progress(&recorder) => {}
            interrupted = tokio::signal::ctrl_c() => interrupted?,
        }
        tokio::task::spawn_blocking(move || recorder.stop()).await??;
        done.cancel();
        if let Some(syncing) = syncing {
            syncing.await?;
        }
        Ok(())
    }
}

/// Returns when the file is over.
async fn print_progress(recorder: &Recorder) {
    let Some((_, mut progress)) = recorder.progress() else { return };
    let mut printed = 0;
    loop {
        let (on_disk, ended) = {
            let progress = progress.borrow_and_update();
            (progress.on_disk_samples, progress.ended)
        };
        if on_disk > printed {
            println!("on disk {}", samples_to_ms(on_disk));
            printed = on_disk;
        }
        if ended || progress.changed().await.is_err() {
            return;
        }
    }
}
