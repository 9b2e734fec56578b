//! What the planner's operations are: requests, and what is kept of their answers.

use chrono::Utc;
use medrecord_common::ids::RecordingId;
use medrecord_common::manifest::Complete;
use medrecord_common::problem::ErrorCode;
use medrecord_common::recording::Stage;
use medrecord_common::segment::Digest;
use secrecy::SecretString;

use super::Lane;
use crate::sync::plan::{Operation, Remote, Task};
use crate::sync::receipt::{self, ReceiptError, VerifiedReceipt};
use crate::sync::{SyncError, succession};

/// What came of a task.
pub(super) enum Done {
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

impl Lane {
    pub(super) async fn carry_out(&self, task: Task) -> Result<Done, SyncError> {
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
        let verified = self.believe(token, id, &answer.receipt, &complete.manifest).await?;
        let (epoch, now) = (self.epoch, self.client.now());
        self.db(move |outbox| outbox.acknowledge(id, &verified, epoch, now)).await?;
        tracing::info!(recording = %id, "receipt kept");
        Ok(Done::Acknowledged)
    }

    /// Of a receipt under a key that is not known here, the server is asked how that one follows from one that is.
    async fn believe(
        &self,
        token: &SecretString,
        id: RecordingId,
        jws: &str,
        manifest: &str,
    ) -> Result<VerifiedReceipt, SyncError> {
        let clinician = self.account.clinician;
        // As they are now: another recording may just have brought a successor.
        let account = self.db(move |outbox| outbox.account(clinician)).await?;
        let mut account = account.ok_or(SyncError::SignInNeeded)?;
        match receipt::verify(jws, &account.receipt_keys, id, manifest) {
            Err(ReceiptError::OtherKey) => {}
            verified => return Ok(verified?),
        }
        let told = self.client.receipt_keys(token).await?;
        let successors = succession::follow(&account.receipt_keys, &told.successions)?;
        account.receipt_keys.extend_from_slice(&successors);
        let verified = receipt::verify(jws, &account.receipt_keys, id, manifest)?;
        tracing::info!("the server's new receipt key was signed for by an earlier one");
        self.db(move |outbox| outbox.pin_receipt_keys(&account, &successors)).await?;
        Ok(verified)
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
            (Some(Stage::Ready), None) => Stage::Drafting,
            (Some(stage), _) => stage,
            // A stage of a later release: it is asked again.
            (None, _) => return Ok(Done::Looked),
        };
        let (reason, note) = (remote.reason, remote.note);
        self.db(move |outbox| outbox.set_stage(id, stage, reason.as_deref(), note)).await?;
        Ok(Done::Looked)
    }

    async fn fetch_note(&self, token: &SecretString, id: RecordingId) -> Result<Done, SyncError> {
        let stored = self.db(move |outbox| outbox.recording(id)).await?;
        let Some(note) = stored.note else { return Ok(Done::Looked) };
        let text = self.client.note(token, note).await?.text();
        self.db(move |outbox| outbox.set_note_text(id, &text)).await?;
        Ok(Done::NoteFetched)
    }
}
