//! `sync`: sends what waits, once or until the notes are there.

use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use medrecord_common::recording::Stage;
use medrecord_recorder::recorder::Recorder;
use medrecord_recorder::sync::{Class, backoff};

/// While the server works on what it has.
const POLL: Duration = Duration::from_millis(500);

#[derive(Args)]
pub(super) struct Sync {
    /// Go on until the server has drafted, or said why not
    #[arg(long)]
    until_done: bool,
    /// Print the recordings as JSON at the end
    #[arg(long)]
    json: bool,
}

impl Sync {
    pub(super) async fn run(self, recorder: &Recorder) -> anyhow::Result<()> {
        let mut failures = 0;
        loop {
            let wait = match recorder.sync().pass().await {
                Ok(_) => {
                    failures = 0;
                    POLL
                }
                Err(error) if !self.until_done || error.class() == Class::Credential => {
                    return Err(error.into());
                }
                Err(error) => {
                    failures += 1;
                    backoff::delay(failures, error.retry_after(), backoff::random())
                }
            };
            if !self.until_done || (failures == 0 && all_done(recorder)?) {
                break;
            }
            tokio::time::sleep(wait).await;
        }
        if self.json {
            println!("{}", serde_json::to_string_pretty(&recorder.state().today)?);
        }
        let wedged = recorder.state().today.into_iter().find_map(|row| match row.state {
            medrecord_common::workstation::LocalState::Wedged => row.reason,
            _ => None,
        });
        wedged.map_or(Ok(()), |reason| Err(anyhow::anyhow!(reason)))
    }
}

/// Whether nothing more will come by itself: every recording has its outcome or waits for a person.
fn all_done(recorder: &Recorder) -> anyhow::Result<bool> {
    let owner = recorder.outbox().current_account()?.map(|account| account.clinician);
    let recordings = recorder.outbox().recordings(owner, DateTime::<Utc>::MIN_UTC)?;
    Ok(recordings.iter().all(|recording| {
        let settled =
            recording.stage.is_some_and(|stage| stage.is_final() || stage == Stage::Stuck);
        recording.wedged.is_some() || settled
    }))
}
