//! `record`: prints the recording's id, then a line after each durable chunk, and what is wrong by its code.
//!
//! Whoever reads the lines may go away: that ends the lines, never the recording.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use medrecord_common::audio::samples_to_ms;
use medrecord_recorder::audio::{OpenSource, Pace, open_file, open_stdin};
use medrecord_recorder::recorder::Recorder;
use medrecord_recorder::stop_signal::{Hangup, StopSignal};
use tokio_util::sync::CancellationToken;

use super::blocking;
use super::lines::Lines;
use super::patient::PatientArguments;

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
    /// Standard input instead of the microphone: raw samples, 16 kHz, mono, 16 bit little endian.
    #[arg(long, conflicts_with = "wav")]
    stdin: bool,
    /// Begin at the first line on standard input; a pedal or another program may write it.
    #[arg(long, conflicts_with = "stdin")]
    on_line: bool,
    /// Keep the microphone open meanwhile, so that nothing is lost when the line comes.
    #[arg(long, requires = "on_line")]
    warm: bool,
    /// From now on recordings end by themselves after so many minutes; 0: never. Four hours at first.
    #[arg(long, value_name = "MINUTES")]
    cap: Option<u32>,
    #[command(flatten)]
    patient: PatientArguments,
    /// Send it while it is being recorded.
    #[arg(long)]
    sync: bool,
}

impl Record {
    pub(super) async fn run(self, recorder: Recorder) -> anyhow::Result<()> {
        let mut signal = StopSignal::listen(Hangup::Stops).context("cannot listen for Ctrl-C")?;
        let lines = Lines::start().context("no thread for the output")?;
        let (starting, patient) = (recorder.clone(), self.patient.patient());
        let source = self.source();
        let (on_line, warm, cap) = (self.on_line, self.warm, self.cap);
        let id = blocking(move || {
            if cap.is_some() {
                starting.outbox().set_cap_minutes(cap.filter(|minutes| *minutes > 0))?;
            }
            if on_line {
                starting.warm_up(warm)?;
                std::io::stdin().read_line(&mut String::new())?;
            }
            Ok(match source {
                Some(source) => starting.start_from(source, patient)?,
                None => starting.start(patient)?,
            })
        })
        .await?;
        lines.say(id);
        let cancel = CancellationToken::new();
        let syncing = self.sync.then(|| {
            let (recorder, cancel) = (recorder.clone(), cancel.clone());
            tokio::spawn(async move { recorder.sync().run(cancel).await })
        });
        let keyring = {
            let (recorder, cancel) = (recorder.clone(), cancel.clone());
            tokio::spawn(async move { recorder.wait_for_keyring(cancel).await })
        };
        tokio::select! {
            () = follow(&recorder, &lines) => {}
            () = signal.received() => {}
        }
        let stopping = recorder.clone();
        let stopped = blocking(move || Ok(stopping.stop()?)).await;
        cancel.cancel();
        let _ = keyring.await;
        blocking(move || leave_side_outbox(&recorder)).await?;
        if let Some(syncing) = syncing {
            let _ = syncing.await;
        }
        lines.finish();
        stopped
    }

    /// None: the microphone.
    fn source(&self) -> Option<OpenSource> {
        if self.stdin {
            return Some(open_stdin());
        }
        let pace = if self.fast { Pace::AsFastAsPossible } else { Pace::Times(self.speed) };
        self.wav.clone().map(|path| open_file(path, pace))
    }
}

/// The last chance: the key of a side outbox ends with this program.
fn leave_side_outbox(recorder: &Recorder) -> anyhow::Result<()> {
    if let Err(error) = recorder.leave_side_outbox() {
        // `eprintln!` would panic when nobody reads it any more.
        let _ = writeln!(
            std::io::stderr(),
            "The recording is kept encrypted in a side outbox, which only the recovery key opens \
             (medrecord-recorder rescue). {error}"
        );
    }
    Ok(())
}

/// Until the file is over.
async fn follow(recorder: &Recorder, lines: &Lines) {
    let Some((_, mut progress)) = recorder.progress() else { return };
    let (mut said, mut warned, mut heard) = (0, Vec::new(), String::new());
    loop {
        let now = progress.borrow_and_update().clone();
        if now.source != heard {
            lines.say(format_args!("microphone {}", now.source));
            heard = now.source;
        }
        let codes: Vec<String> = now.warnings.into_iter().map(|warning| warning.code).collect();
        for code in codes.iter().filter(|code| !warned.contains(*code)) {
            lines.say(format_args!("warning {code}"));
        }
        for code in warned.iter().filter(|code| !codes.contains(*code)) {
            lines.say(format_args!("over {code}"));
        }
        warned = codes;
        if now.on_disk_samples > said {
            said = now.on_disk_samples;
            lines.say(format_args!("on disk {}", samples_to_ms(said)));
        }
        if now.ended || progress.changed().await.is_err() {
            return;
        }
    }
}
