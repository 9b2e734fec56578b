//! One clinician's way to the server: carries out what the planner says, with their credential.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use chrono::Utc;
use futures::future::join_all;
use medrecord_common::PatientText;
use medrecord_common::ids::RecordingId;
use medrecord_common::manifest::Complete;
use medrecord_common::note::Note;
use medrecord_common::problem::ErrorCode;
use medrecord_common::recording::Stage;
use medrecord_common::segment::Digest;
use secrecy::SecretString;
use uuid::Uuid;

use super::client::Client;
use super::credential::Credential;
use super::plan::{Operation, Remote, Task, plan};
use super::worker::Pass;
use super::{Class, SyncError, backoff, receipt};
use crate::outbox::{Account, Outbox, OutboxError};
use crate::vault::SecretStore;

/// Segments on the way at once: one long line is filled, a short one not clogged.
const PARALLEL: usize = 4;

pub(super) struct Lane {
    outbox: Outbox,
    pub(super) account: Account,
    client: Client,
    credential: Credential,
    /// What the server has, as far as it was asked or told; forgotten when an answer is in doubt.
    remotes: HashMap<RecordingId, Remote>,
    /// Recordings whose last request failed for them alone.
    postponed: HashMap<RecordingId, Postponed>,
    /// Nothing is tried until the clinician has signed in again.
    pub(super) sign_in_needed: bool,
    pub(super) last_check: Option<Instant>,
    /// Which epoch the server's database is in, as far as it tells.
    epoch: Option<Uuid>,
}

struct Postponed {
    failures: u32,
    until: Instant,
}

impl Lane {
    pub(super) fn new(
        outbox: Outbox,
        account: Account,
        secrets: Arc<dyn SecretStore>,
    ) -> Result<Self, SyncError> {
        let client = Client::new(&account.server)?;
        let credential = Credential::new(account.clinician, secrets);
        Ok(Self {
            outbox,
            account,
            client,
            credential,
            remotes: HashMap::new(),
            postponed: HashMap::new(),
            sign_in_needed: false,
            last_check: None,
            epoch: None,
        })
    }

    /// Does all that is due; with `all`, also what was postponed after a failure.
    pub(super) async fn pass(&mut self, all: bool, pass: &mut Pass) -> Result<(), SyncError> {
        let now = Instant::now();
        let waits = |postponed: &Postponed| !all && postponed.until > now;
        let mut skipped: HashSet<RecordingId> = self
            .postponed
            .iter()
            .filter_map(|(id, postponed)| waits(postponed).then_some(*id))
            .collect();
        let mut looked = HashSet::new();
        loop {
            let batch = self.next_batch(&skipped, &looked).await?;
            if batch.is_empty() {
                return Ok(());
            }
            let tasks = batch.iter().map(|task| self.carry_out(*task));
            let results = join_all(tasks).await;
            // All answers are taken note of, also of those that came beside a failure.
            let mut stops = None;
            for (task, result) in batch.into_iter().zip(results) {
                if task.operation == Operation::Look {
                    looked.insert(task.recording);
                }
                match result {
                    Ok(done) => self.note_done(task, done, pass),
                    Err(error) => {
                        skipped.insert(task.recording);
                        if let Err(error) = self.note_failure(task, error, pass).await {
                            stops.get_or_insert(error);
                        }
                    }
                }
            }
            if let Some(error) = stops {
                return Err(error);
            }
        }
    }

    /// The first tasks of the plan that may go together: some segments, or one of another kind.
    async fn next_batch(
        &self,
        skipped: &HashSet<RecordingId>,
        looked: &HashSet<RecordingId>,
    ) -> Result<Vec<Task>, SyncError> {
        let (owner, epoch) = (self.account.clinician, self.epoch);
        let locals = self.db(move |outbox| outbox.sync_view(owner, epoch)).await?;
        let recordings: Vec<_> = locals
            .into_iter()
            .filter(|local| !skipped.contains(&local.id))
            .map(|local| {
                let remote = self.remotes.get(&local.id).cloned().unwrap_or(Remote::Unknown);
                (local, remote)
            })
            .collect();
        let mut tasks = plan(&recordings)
            .into_iter()
            .filter(|task| task.operation != Operation::Look || !looked.contains(&task.recording));
        let Some(first) = tasks.next() else { return Ok(vec![]) };
        let is_segment = |task: &Task| matches!(task.operation, Operation::Segment { .. });
        let mut batch = vec![first];
        if is_segment(&first) {
            batch.extend(tasks.take_while(is_segment).take(PARALLEL - 1));
        }
        Ok(batch)
    }

    fn note_done(&mut self, task: Task, done: Done, pass: &mut Pass) {
        self.postponed.remove(&task.recording);
        let id = task.recording;
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
        pass: &mut Pass,
    ) -> Result<(), SyncError> {
        let id = task.recording;
        // Whether the request arrived is not known.
        self.remotes.remove(&id);
        match error.class() {
            Class::Everything => Err(error),
            Class::Credential => {
                self.sign_in_needed = true;
                Err(error)
            }
            Class::ThisRecording => {
                let failures = self.postponed.get(&id).map_or(0, |last| last.failures) + 1;
                let wait = backoff::delay(failures, None, backoff::random());
                let until = Instant::now() + wait;
                tracing::warn!(recording = %id, %error, failures, "postponed");
                self.postponed.insert(id, Postponed { failures, until });
                pass.postponed += 1;
                Ok(())
            }
            Class::Permanent => {
                tracing::error!(recording = %id, code = error.code(), "set aside");
                let text = match &error {
                    SyncError::Refused(_) => format!(
                        "This recording could not be sent: {error} It is kept on this computer."
                    ),
                    SyncError::LostInRestore => error.to_string(),
                    _ => format!("This recording is kept on this computer. {error}"),
                };
                pass.wedged += 1;
                self.db(move |outbox| outbox.set_wedged(id, Some(&text))).await
            }
        }
    }

    async fn carry_out(&self, task: Task) -> Result<Done, SyncError> {
        let token = self.credential.token(&self.client).await?;
        match self.attempt(task, &token).await {
            // It may have been revoked only for its age (a clock that jumped): one new token.
            Err(SyncError::SignInNeeded) => {
                self.credential.forget(&token).await;
                let token = self.credential.token(&self.client).await?;
                self.attempt(task, &token).await
            }
            result => result,
        }
    }

    async fn attempt(&self, task: Task, token: &SecretString) -> Result<Done, SyncError> {
        let id = task.recording;
        match task.operation {
            Operation::Ask => self.ask(token, id).await,
            Operation::Create => self.create(token, id).await,
            Operation::Changes { from } => self.send_changes(token, id, from).await,
            Operation::Segment { seq } => self.send_segment(token, id, seq).await,
            Operation::Complete => self.complete(token, id).await,
            Operation::Confirm => self.confirm(id).await,
            Operation::Lost => Err(SyncError::LostInRestore),
            Operation::Look => self.look(token, id).await,
            Operation::FetchNote => self.fetch_note(token, id).await,
        }
    }

    async fn ask(&self, token: &SecretString, id: RecordingId) -> Result<Done, SyncError> {
        let answer = self.client.segments(token, id).await?;
        let remote = Remote::of(answer.as_ref());
        if let Some(answer) = answer {
            self.db(move |outbox| outbox.sent_before(id, &answer, Utc::now())).await?;
        }
        Ok(Done::Asked(remote))
    }

    async fn create(&self, token: &SecretString, id: RecordingId) -> Result<Done, SyncError> {
        let stored = self.db(move |outbox| outbox.offer(id)).await?;
        match self.client.create(token, id, &stored.create).await {
            // Someone else's are "not found": it can be created nowhere.
            Err(SyncError::Refused(problem)) if problem.code == ErrorCode::NotFound => {
                return Err(SyncError::Taken);
            }
            answer => answer?,
        };
        Ok(Done::Asked(Remote::Present { segments: vec![], changes: 0, complete: false }))
    }

    async fn send_changes(
        &self,
        token: &SecretString,
        id: RecordingId,
        from: u32,
    ) -> Result<Done, SyncError> {
        let changes = self.db(move |outbox| outbox.change_list(id)).await?;
        let changes: Vec<_> =
            changes.into_iter().map(|stored| stored.change).skip(from as usize).collect();
        self.client.changes(token, id, &changes).await?;
        let count = changes.last().map_or(from, |last| last.number + 1);
        self.db(move |outbox| outbox.changes_sent(id, count, Utc::now())).await?;
        Ok(Done::ChangesSent(count))
    }

    async fn send_segment(
        &self,
        token: &SecretString,
        id: RecordingId,
        seq: u32,
    ) -> Result<Done, SyncError> {
        let segment = self.db(move |outbox| outbox.segment(id, seq)).await?;
        if Digest::of(&segment.flac) != segment.digest {
            return Err(SyncError::Damaged);
        }
        self.client.put_segment(token, id, seq, segment).await?;
        self.db(move |outbox| outbox.segment_sent(id, seq, Utc::now())).await?;
        tracing::debug!(recording = %id, seq, "segment sent");
        Ok(Done::SegmentSent(seq))
    }

    async fn complete(&self, token: &SecretString, id: RecordingId) -> Result<Done, SyncError> {
        let (manifest, changes) = self
            .db(move |outbox| Ok((outbox.manifest(id)?, outbox.change_list(id)?.len())))
            .await?;
        let changes = u32::try_from(changes).unwrap_or(u32::MAX);
        let complete = Complete { manifest, changes };
        let answer = match self.client.complete(token, id, &complete).await {
            Err(SyncError::Refused(problem))
                if problem.code == ErrorCode::SegmentsMissing && !problem.missing.is_empty() =>
            {
                return Ok(Done::Missing(problem.missing));
            }
            answer => answer?,
        };
        let key = &self.account.receipt_key;
        let verified = receipt::verify(&answer.receipt, key, id, &complete.manifest)?;
        let epoch = self.epoch;
        self.db(move |outbox| outbox.acknowledge(id, &verified, epoch, Utc::now())).await?;
        tracing::info!(recording = %id, "receipt kept");
        Ok(Done::Acknowledged)
    }

    async fn confirm(&self, id: RecordingId) -> Result<Done, SyncError> {
        if let Some(epoch) = self.epoch {
            self.db(move |outbox| outbox.confirm(id, epoch)).await?;
            tracing::info!(recording = %id, "the receipt holds after the restore");
        }
        Ok(Done::Confirmed)
    }

    async fn look(&self, token: &SecretString, id: RecordingId) -> Result<Done, SyncError> {
        let remote = self.client.recording(token, id).await?;
        // Ready, but without a note's id: not ready for us.
        let stage = match (remote.stage, remote.note) {
            (Stage::Ready, None) => Stage::Drafting,
            (stage, _) => stage,
        };
        let (reason, note) = (remote.reason, remote.note);
        self.db(move |outbox| outbox.set_stage(id, stage, reason.as_deref(), note)).await?;
        Ok(Done::Looked)
    }

    async fn fetch_note(&self, token: &SecretString, id: RecordingId) -> Result<Done, SyncError> {
        let stored = self.db(move |outbox| outbox.recording(id)).await?;
        let Some(note) = stored.note else { return Ok(Done::Looked) };
        let text = note_text(&self.client.note(token, note).await?);
        self.db(move |outbox| outbox.set_note_text(id, &text)).await?;
        Ok(Done::NoteFetched)
    }

    /// Asks who we are, for nothing else: whether server and credential answer, and in which epoch. Then what the
    /// server has had long enough may go.
    pub(super) async fn check(&mut self) -> Result<(), SyncError> {
        let token = self.credential.token(&self.client).await?;
        let mut answer = self.client.me(&token).await;
        if matches!(answer, Err(SyncError::SignInNeeded)) {
            self.credential.forget(&token).await;
            let token = self.credential.token(&self.client).await?;
            answer = self.client.me(&token).await;
        }
        let (_, epoch) = answer?;
        if self.epoch != epoch {
            // What was known of the server was known of another database.
            self.remotes.clear();
            self.epoch = epoch;
        }
        self.last_check = Some(Instant::now());
        let owner = Some(self.account.clinician);
        for recording in self.db(move |outbox| outbox.release(owner, epoch, Utc::now())).await? {
            tracing::info!(%recording, "audio released after its retention time");
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

/// What came of a task.
enum Done {
    Asked(Remote),
    SegmentSent(u32),
    ChangesSent(u32),
    Acknowledged,
    Confirmed,
    /// The server lacks these segments.
    Missing(Vec<u32>),
    Looked,
    NoteFetched,
}

/// The note as plain text: a heading a line, its sentences under it.
fn note_text(note: &Note) -> PatientText {
    let sections = note.content.sections.iter().map(|section| {
        let sentences: Vec<_> =
            section.sentences.iter().map(|sentence| sentence.text.as_str()).collect();
        format!("{}\n{}", section.title, sentences.join(" "))
    });
    sections.collect::<Vec<_>>().join("\n\n").into()
}
