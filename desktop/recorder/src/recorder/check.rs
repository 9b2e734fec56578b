//! Looks after what was recorded earlier, in the background: slowly, and never while something is recorded.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Recorder, locked};
use crate::outbox::{Check, Report};

/// The window is there first.
const FIRST: Duration = Duration::from_secs(30);
/// Between two segments, each of about half a megabyte at most: a few per cent of a core.
const PAUSE: Duration = Duration::from_millis(200);
/// After one check until the next. Also how long it waits while something is recorded.
const AGAIN: Duration = Duration::from_hours(24);
const WHILE_RECORDING: Duration = Duration::from_secs(10);

impl Recorder {
    /// Checks all earlier recordings once a day, until cancelled. What it finds is a warning of the state,
    /// and in the diagnostics.
    pub(super) async fn check_earlier(&self, cancel: CancellationToken) {
        tokio::select! {
            () = cancel.cancelled() => {}
            () = check_daily(self) => {}
        }
    }

    pub(super) fn checked(&self) -> Report {
        locked(&self.inner.checked).clone()
    }

    /// The next step of the check under way, or of a new one; `false` when it is over.
    pub(super) fn check_next(&self) -> bool {
        let outbox = self.outbox();
        let mut check = locked(&self.inner.check);
        if check.is_none() {
            *check = Check::begin(outbox)
                .inspect_err(|error| tracing::warn!(%error, "earlier recordings are not checked"))
                .ok();
        }
        let Some(under_way) = check.as_mut() else { return false };
        let more = under_way.step(outbox);
        let news = {
            let mut checked = locked(&self.inner.checked);
            let news = checked.damaged != under_way.report().damaged;
            checked.clone_from(under_way.report());
            news
        };
        if news {
            self.touch();
        }
        if !more {
            *check = None;
        }
        more
    }
}

async fn check_daily(recorder: &Recorder) {
    tokio::time::sleep(FIRST).await;
    loop {
        while recorder.progress().is_some() {
            tokio::time::sleep(WHILE_RECORDING).await;
        }
        let checking = recorder.clone();
        let more = tokio::task::spawn_blocking(move || checking.check_next()).await;
        let more = more.expect("invariant: a check does not panic");
        tokio::time::sleep(if more { PAUSE } else { AGAIN }).await;
    }
}

#[cfg(test)]
mod tests;
