//! `sync`: one pass, or passes until everything is done.

use std::time::Duration;

use anyhow::bail;
use clap::Args;
use medrecord_common::workstation::LocalState;
use medrecord_recorder::recorder::Recorder;
use medrecord_recorder::sync::{Class, SyncError, backoff};

use super::{blocking, list};

/// While the server transcribes and drafts.
const POLL: Duration = Duration::from_millis(500);

#[derive(Debug, Args)]
pub(super) struct SyncCommand {
    /// Until the server has every recording and has done with it what it will.
    #[arg(long)]
    until_done: bool,
    /// Print the recordings afterwards.
    #[arg(long)]
    json: bool,
}

impl SyncCommand {
    pub(super) async fn run(self, recorder: Recorder) -> anyhow::Result<()> {
        let outbox = recorder.outbox().clone();
        if blocking(move || Ok(outbox.accounts()?)).await?.is_empty() {
            bail!("This computer is not enrolled yet. Use the command enrol.");
        }
        if self.until_done {
            until_done(&recorder).await?;
        } else {
            recorder.sync().pass().await?;
        }
        blocking(move || report(&recorder, self.json)).await
    }
}

async fn until_done(recorder: &Recorder) -> anyhow::Result<()> {
    let mut failures = 0;
    loop {
        let wait = match recorder.sync().pass().await {
            Ok(pass) => {
                failures = if pass.postponed > 0 { failures + 1 } else { 0 };
                let outbox = recorder.outbox().clone();
                if !blocking(move || Ok(outbox.is_note_awaited()?)).await? {
                    return Ok(());
                }
                backoff::delay(failures, None, backoff::random()).max(POLL)
            }
            Err(error) if is_passing(&error) => {
                failures += 1;
                tracing::warn!(%error, failures, "waiting for the server");
                backoff::delay(failures, error.retry_after(), backoff::random())
            }
            Err(error) => return Err(error.into()),
        };
        tokio::time::sleep(if failures == 0 { POLL } else { wait }).await;
    }
}

/// Errors of this computer itself do not pass by waiting.
fn is_passing(error: &SyncError) -> bool {
    let own = matches!(error, SyncError::Vault(_) | SyncError::Outbox(_));
    !own && matches!(error.class(), Class::Everything | Class::ThisRecording)
}

fn report(recorder: &Recorder, json: bool) -> anyhow::Result<()> {
    if json {
        list::print_json(recorder)?;
    }
    let wedged = recorder.recordings()?.into_iter().find(|row| row.state == LocalState::Wedged);
    match wedged {
        Some(row) => bail!("Recording {}: {}", row.id, row.reason.unwrap_or_default()),
        None => Ok(()),
    }
}
