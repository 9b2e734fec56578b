//! Takes jobs and runs them: in a loop, or one step at a time in tests.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use super::outcome::{self, Verdict};
use super::{JobError, draft, sweep, transcribe};
use crate::db;
use crate::db::job::Claim;
use crate::recordings;
use crate::state::App;

/// Nobody has to tell that a job is due: the queue is looked at each second.
const POLL: Duration = Duration::from_secs(1);

/// Runs jobs until shutdown, as many at a time as configured.
pub(crate) async fn run(app: App, workers: usize) {
    let tracker = TaskTracker::new();
    for _ in 0..workers {
        tracker.spawn(work(app.clone()));
    }
    if workers > 0 {
        tracker.spawn(sweep::run(app));
    }
    tracker.close();
    tracker.wait().await;
}

async fn work(app: App) {
    while !app.shutdown.is_cancelled() {
        match step(&app).await {
            // There may be more: another worker can have it at the same time.
            Ok(true) => app.wake.jobs(),
            Ok(false) => wait(&app).await,
            Err(error) => {
                tracing::error!(error = %format!("{error:#}"), "the queue does not answer");
                wait(&app).await;
            }
        }
    }
}

async fn wait(app: &App) {
    tokio::select! {
        () = app.wake.job() => {}
        () = tokio::time::sleep(POLL) => {}
        () = app.shutdown.cancelled() => {}
    }
}

impl App {
    /// Runs every job that is due, one after the other, and says how many. For tests.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn run_due_jobs(&self) -> usize {
        let mut done = 0;
        while step(self).await.expect("the database answers") {
            done += 1;
        }
        done
    }
}

/// Claims one job and runs it; false when none is due.
async fn step(app: &App) -> anyhow::Result<bool> {
    let (now, lease) = (app.clock.now(), app.config.jobs.lease);
    let Some(claim) = db::job::claim(&app.pool, now, lease).await? else { return Ok(false) };
    let span = tracing::info_span!("job", job.id = %claim.id, attempt = claim.attempt,
        recording.id = %claim.recording, seq = claim.seq);
    Box::pin(attempt(app, &claim)).instrument(span).await?;
    app.wake.events(claim.clinician);
    Ok(true)
}

async fn attempt(app: &App, claim: &Claim) -> anyhow::Result<()> {
    let outcome = tokio::select! {
        outcome = unpanicked(perform(app, claim)) => outcome,
        () = keep_lease(app, claim) => Err(JobError::Lost),
        () = app.shutdown.cancelled() => {
            // Whoever comes next need not wait for the lease to run out.
            db::job::put_back(&app.pool, claim, app.clock.now(), None).await?;
            return Ok(());
        }
    };
    let Err(error) = outcome else {
        tracing::info!("done");
        return Ok(());
    };
    settle(app, claim, &error).await
}

async fn perform(app: &App, claim: &Claim) -> Result<(), JobError> {
    match claim.seq {
        Some(seq) => transcribe::run(app, claim, seq).await,
        None => draft::run(app, claim).await,
    }
}

/// A panic ends the attempt, not the worker. Its text stays with the panic hook.
async fn unpanicked(job: impl Future<Output = Result<(), JobError>>) -> Result<(), JobError> {
    let caught = AssertUnwindSafe(job).catch_unwind().await;
    caught.unwrap_or_else(|_| Err(JobError::Internal(anyhow::anyhow!("the job panicked"))))
}

/// Ends when the lease is lost.
async fn keep_lease(app: &App, claim: &Claim) {
    let lease = app.config.jobs.lease;
    loop {
        tokio::time::sleep(lease / 3).await;
        match db::job::extend(&app.pool, claim, app.clock.now() + lease).await {
            Ok(true) => {}
            Ok(false) => return,
            // The next beat may reach the database; if none does, another worker takes over.
            Err(error) => tracing::warn!(%error, "the lease could not be extended"),
        }
    }
}

async fn settle(app: &App, claim: &Claim, error: &JobError) -> anyhow::Result<()> {
    let now = app.clock.now();
    match outcome::judge(error, claim.attempt) {
        Verdict::PutBack { after, code } => {
            tracing::warn!(code, after_ms = after.as_millis() as u64, %error, "will be tried again");
            db::job::put_back(&app.pool, claim, now + after, Some(code)).await?;
        }
        Verdict::Bury { code } => {
            tracing::error!(code, %error, "given up");
            let mut tx = app.pool.begin().await?;
            if db::job::bury(&mut *tx, claim, now, code).await? {
                recordings::advance(app, &mut tx, claim.recording).await?;
                tx.commit().await?;
            }
        }
        Verdict::Leave => tracing::warn!(%error, "left to another worker"),
    }
    Ok(())
}
