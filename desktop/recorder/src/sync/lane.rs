//! One clinician's way to the server: carries out what the planner says, with their credential.

mod carry_out;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{iter, mem};

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use medrecord_common::device::DeviceReport;
use medrecord_common::ids::RecordingId;
use uuid::Uuid;

use self::carry_out::Done;
use super::client::Client;
use super::credential::Credential;
use super::pace::Pace;
use super::plan::{Operation, Remote, Task, plan};
use super::receipt::ReceiptError;
use super::worker::Pass;
use super::{Class, SyncError, backoff};
use crate::outbox::{Account, Outbox, OutboxError};
use crate::vault::SecretStore;

/// Segments on the way at once: one long line is filled, a short one not clogged.
const PARALLEL: usize = 4;

/// Of several servers that are started again one after the other, one signs with a new key before another has heard of
/// it: so often a recording waits before someone is told that its receipt cannot be believed.
const PATIENCE: u32 = 5;

/// In a pass so many recordings are asked after whose notes are not ready yet: with a hundred of them, to ask after each
/// would use up what the server lets one workstation ask, and nothing would be sent.
const LOOKS: usize = 4;

/// Of these, the latest, which is what a clinician waits for first; then chance decides, so that no note that never comes
/// stands before another for ever.
const LATEST: usize = 2;

/// What a pass may take on.
#[derive(Debug, Clone, Copy)]
pub(super) enum Share {
    /// All there is to do, also what was postponed after a failure.
    All,
    /// What is due, and no segments after this time: others' wait, too.
    Turn(Duration),
}

pub(super) struct Lane {
    outbox: Outbox,
    pub(super) account: Account,
    client: Client,
    pace: Arc<Pace>,
    credential: Credential,
    /// What the server has, as far as it was asked or told; forgotten when an answer is in doubt.
    remotes: HashMap<RecordingId, Remote>,
    /// Recordings whose last request failed for them alone.
    postponed: HashMap<RecordingId, Postponed>,
    /// How often a recording's receipt was under a key that nothing leads to.
    doubts: HashMap<RecordingId, u32>,
    /// Nothing is tried until the clinician has signed in again.
    pub(super) sign_in_needed: bool,
    pub(super) last_check: Option<Instant>,
    /// Which epoch the server's database is in, as far as it tells.
    epoch: Option<Uuid>,
    /// The last request got no answer: one alone finds out whether the next does.
    in_doubt: bool,
}

struct Postponed {
    failures: u32,
    until: Instant,
    /// In words, when it is worth some: what the outbox says of a recording passes unseen.
    why: Option<String>,
}

impl Lane {
    pub(super) fn new(
        outbox: Outbox,
        account: Account,
        client: Client,
        secrets: Arc<dyn SecretStore>,
        pace: Arc<Pace>,
    ) -> Self {
        let credential = Credential::new(account.clinician, secrets);
        Self {
            outbox,
            account,
            client,
            pace,
            credential,
            remotes: HashMap::new(),
            postponed: HashMap::new(),
            doubts: HashMap::new(),
            sign_in_needed: false,
            last_check: None,
            epoch: None,
            in_doubt: false,
        }
    }

    /// Does its share; when it is a turn, some segments at least.
    pub(super) async fn pass(&mut self, share: Share, pass: &mut Pass) -> Result<(), SyncError> {
        let began = Instant::now();
        let waits =
            |postponed: &Postponed| matches!(share, Share::Turn(_)) && postponed.until > began;
        let waiting: HashSet<RecordingId> = self
            .postponed
            .iter()
            .filter_map(|(id, postponed)| waits(postponed).then_some(*id))
            .collect();
        let mut skipped = waiting.clone();
        let mut looked = HashSet::new();
        let mut began_anew = false;
        loop {
            // What failed before was asked of a database that is no more. A program that has just been started hears of
            // the epoch by its first answer. Once: of two servers with a database each there is no end.
            if self.note_epoch() && !mem::replace(&mut began_anew, true) {
                skipped.clone_from(&waiting);
            }
            let batch = self.next_batch(&skipped, &looked).await?;
            if batch.is_empty() {
                return Ok(());
            }
            let tasks = batch.iter().map(|task| self.carry_out(*task));
            let results = join_all(tasks).await;
            let has_segments = matches!(batch[0].operation, Operation::Segment { .. });
            // All answers are taken note of, also of those that came beside a failure.
            let mut stops = None;
            for (task, result) in batch.into_iter().zip(results) {
                if task.operation == Operation::Look {
                    looked.insert(task.recording);
                }
                match result {
                    Ok(done) => self.note_done(task, done, pass),
                    Err(error) => {
                        let is_first = skipped.insert(task.recording);
                        if let Err(error) = self.note_failure(task, error, is_first, pass).await {
                            stops.get_or_insert(error);
                        }
                    }
                }
            }
            if let Some(error) = stops {
                return Err(error);
            }
            let is_over = matches!(share, Share::Turn(turn) if began.elapsed() >= turn);
            if is_over && has_segments {
                pass.goes_on = true;
                return Ok(());
            }
        }
    }

    /// In another epoch, what was known of the server was known of another database.
    pub(super) fn note_epoch(&mut self) -> bool {
        let told = self.client.epoch();
        let is_new = told != self.epoch;
        if is_new {
            self.remotes.clear();
            self.epoch = told;
        }
        is_new
    }

    /// Why recordings wait though the server answers, by the one that failed most often.
    pub(super) fn why_postponed(&self) -> Option<String> {
        let now = Instant::now();
        let waiting = self.postponed.values().filter(|postponed| postponed.until > now);
        waiting.max_by_key(|postponed| postponed.failures)?.why.clone()
    }

    /// Server's time less ours.
    pub(super) fn skew(&self) -> TimeDelta {
        self.client.skew()
    }

    /// The first tasks of the plan that may go together: some segments of a recording, or one task of another kind.
    /// At a limited speed a segment goes alone: what is cut meanwhile, and awaited, is next.
    async fn next_batch(
        &self,
        skipped: &HashSet<RecordingId>,
        looked: &HashSet<RecordingId>,
    ) -> Result<Vec<Task>, SyncError> {
        let (owner, epoch) = (self.account.clinician, self.epoch);
        let (locals, limit) = self
            .db(move |outbox| Ok((outbox.sync_view(owner, epoch)?, outbox.upload_limit()?)))
            .await?;
        self.pace.set(limit);
        let recordings: Vec<_> = locals
            .into_iter()
            .filter(|local| !skipped.contains(&local.id))
            .map(|local| {
                let remote = self.remotes.get(&local.id).cloned().unwrap_or(Remote::Unknown);
                (local, remote)
            })
            .collect();
        let is_look = |task: &Task| task.operation == Operation::Look;
        let may_look = |task: &Task| looked.len() < LOOKS && !looked.contains(&task.recording);
        let mut tasks =
            plan(&recordings).into_iter().filter(|task| !is_look(task) || may_look(task));
        let Some(first) = tasks.next() else { return Ok(vec![]) };
        if is_look(&first) && looked.len() >= LATEST {
            let looks = iter::once(first).chain(tasks.filter(is_look));
            return Ok(looks.min_by_key(|_| backoff::random().to_bits()).into_iter().collect());
        }
        let goes_along = |task: &Task| {
            task.recording == first.recording && matches!(task.operation, Operation::Segment { .. })
        };
        let mut batch = vec![first];
        if goes_along(&first) && !self.in_doubt && limit.is_none() {
            batch.extend(tasks.take_while(goes_along).take(PARALLEL - 1));
        }
        Ok(batch)
    }

    fn note_done(&mut self, task: Task, done: Done, pass: &mut Pass) {
        self.in_doubt = false;
        let id = task.recording;
        // That the server was asked is no progress yet: what fails after it again waits longer.
        if !matches!(done, Done::Asked(_) | Done::Looked) {
            self.postponed.remove(&id);
        }
        match done {
            Done::Asked(remote) => {
                self.remotes.insert(id, remote);
            }
            Done::SegmentSent(seq) => {
                pass.segments += 1;
                if let Some(remote) = self.remotes.get_mut(&id) {
                    remote.set(seq, true);
                }
            }
            Done::ChangesSent(count) => {
                if let Some(Remote::Present { changes, .. }) = self.remotes.get_mut(&id) {
                    *changes = count;
                }
            }
            Done::Confirmed => {
                self.remotes.remove(&id);
            }
            Done::Acknowledged => {
                pass.acknowledged += 1;
                self.remotes.remove(&id);
            }
            Done::Missing(list) => {
                for seq in list {
                    if let Some(remote) = self.remotes.get_mut(&id) {
                        remote.set(seq, false);
                    }
                }
            }
            Done::Looked => {}
            Done::NoteFetched => pass.notes += 1,
        }
    }

    /// Returns the errors that stop everything; the others concern this recording alone.
    async fn note_failure(
        &mut self,
        task: Task,
        error: SyncError,
        is_first: bool,
        pass: &mut Pass,
    ) -> Result<(), SyncError> {
        let id = task.recording;
        // Whether the request arrived is not known.
        self.remotes.remove(&id);
        match self.class(id, &error) {
            Class::Everything => {
                self.in_doubt = true;
                Err(error)
            }
            Class::Credential => {
                self.sign_in_needed = true;
                Err(error)
            }
            // Segments that were on the way together failed together: that is one failure.
            Class::ThisRecording if !is_first => Ok(()),
            Class::ThisRecording => {
                let failures = self.postponed.get(&id).map_or(0, |last| last.failures) + 1;
                let wait = backoff::delay(failures, None, backoff::random());
                let until = Instant::now() + wait;
                tracing::warn!(recording = %id, %error, failures, "postponed");
                let is_ours = matches!(error, SyncError::Outbox(_));
                let why = (!is_ours).then(|| error.to_string());
                self.postponed.insert(id, Postponed { failures, until, why });
                pass.postponed += 1;
                Ok(())
            }
            Class::Permanent => {
                // Whole: support finds the request by it.
                tracing::error!(recording = %id, code = error.code(), why = ?error, "set aside");
                let text = error.beside_the_recording();
                pass.wedged += 1;
                self.db(move |outbox| outbox.set_wedged(id, Some(&text))).await
            }
        }
    }

    fn class(&mut self, id: RecordingId, error: &SyncError) -> Class {
        let SyncError::Receipt(ReceiptError::OtherKey) = error else { return error.class() };
        let doubts = self.doubts.entry(id).or_default();
        *doubts += 1;
        if *doubts > PATIENCE { error.class() } else { Class::ThisRecording }
    }

    /// Asks who we are, for nothing else: whether server and credential answer, and in which epoch. Then what the
    /// server has had long enough may go, and the operator is told how it stands here.
    pub(super) async fn check(&mut self) -> Result<(), SyncError> {
        let token = self.credential.token(&self.client).await?;
        let mut answer = self.client.me(&token).await;
        if matches!(answer, Err(SyncError::SignInNeeded)) {
            self.credential.forget(&token).await;
            let token = self.credential.token(&self.client).await?;
            answer = self.client.me(&token).await;
        }
        answer?;
        self.last_check = Some(Instant::now());
        let (owner, epoch) = (Some(self.account.clinician), self.client.epoch());
        let now = self.client.now();
        for recording in self.db(move |outbox| outbox.release(owner, epoch, now)).await? {
            tracing::info!(%recording, "audio released after its retention time");
        }
        self.report().await
    }

    /// Nothing depends on it: an older server does not know the address, and the next minute is not far.
    async fn report(&self) -> Result<(), SyncError> {
        let owner = self.account.clinician;
        let backlog = self.db(move |outbox| outbox.backlog(owner)).await?;
        let age = |began: DateTime<Utc>| (Utc::now() - began).num_seconds().max(0);
        let report = DeviceReport {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            waiting: backlog.waiting,
            oldest_waiting_s: backlog
                .oldest_started_at
                .map(|at| u32::try_from(age(at)).unwrap_or(u32::MAX)),
            wedged: backlog.wedged,
            clock_skew_s: i32::try_from(-self.skew().num_seconds()).unwrap_or(i32::MAX),
        };
        let token = self.credential.token(&self.client).await?;
        if let Err(error) = self.client.report(&token, &report).await {
            tracing::info!(code = error.code(), "the server was not told how it stands here");
        }
        Ok(())
    }

    /// The outbox blocks: never on an async thread.
    async fn db<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Outbox) -> Result<T, OutboxError> + Send + 'static,
    ) -> Result<T, SyncError> {
        let outbox = self.outbox.clone();
        let result = tokio::task::spawn_blocking(move || query(&outbox)).await;
        Ok(result.expect("invariant: the outbox does not panic")?)
    }
}
