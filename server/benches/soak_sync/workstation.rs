//! One workstation: records into the outbox, and sends with the recorder's own sync.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use chrono::Utc;
use medrecord_common::ids::RecordingId;
use medrecord_common::recording::CreateRecording;
use medrecord_common::segment::{Digest, SegmentHeader};
use medrecord_recorder::outbox::{Account, NewRecording, Outbox};
use medrecord_recorder::recorder::{Recorder, RecorderConfig};
use medrecord_recorder::sync::{Class, SyncError};
use medrecord_recorder::vault::MemoryStore;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::fleet::{Made, said};
use super::installation::{EMAIL, PASSWORD};
use super::random::Random;

/// Recordings that may wait before another is made.
const BACKLOG: usize = 3;
/// Between passes that failed. The recorder itself waits longer: here more failures are wanted in the time.
const BETWEEN: Duration = Duration::from_millis(100);
/// Once the line is good again.
const LONGEST_DRAIN: Duration = Duration::from_secs(300);
/// One pass in so many goes to a name that does not resolve, and one to what speaks no TLS.
const ELSEWHERE: u64 = 40;

pub(crate) struct Workstation {
    recorder: Recorder,
    account: Account,
    /// Made, and without a receipt when last looked; and the last one that has it.
    recent: Mutex<VecDeque<RecordingId>>,
    random: Mutex<Random>,
    found: Mutex<Found>,
    _folder: TempDir,
}

/// What came up on the way.
#[derive(Debug, Default, Clone)]
pub(crate) struct Found {
    pub(crate) passes: u64,
    pub(crate) failed: u64,
    pub(crate) no_name: u64,
    pub(crate) no_tls: u64,
    pub(crate) signed_in_again: u64,
    problems: Vec<String>,
}

impl Workstation {
    pub(crate) async fn open(server: &str, random: Random) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let config = RecorderConfig {
            data_dir: folder.path().to_owned(),
            secrets: Arc::new(MemoryStore::default()),
            key_file: false,
        };
        let recorder = Recorder::open(config)?;
        let account = recorder.enrol(server, EMAIL, PASSWORD.into(), "Soak").await?;
        let (recent, random, found) = (Mutex::default(), Mutex::new(random), Mutex::default());
        Ok(Self { recorder, account, recent, random, found, _folder: folder })
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        self.recorder.outbox()
    }

    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    pub(crate) fn found(&self) -> Found {
        locked(&self.found).clone()
    }

    /// Makes a recording, and sends while it is made and after.
    pub(crate) async fn record(&self, made: Made, stop: &CancellationToken) -> Result<()> {
        let outbox = self.outbox().clone();
        let begun = outbox.clone();
        let owner = Some(self.account.clinician);
        let cuts = tokio::task::spawn_blocking(move || {
            let cuts = said(made)?;
            begun.begin(&NewRecording {
                id: made.id,
                owner,
                create: CreateRecording::dictation(Utc::now()),
            })?;
            anyhow::Ok(cuts)
        })
        .await??;
        locked(&self.recent).push_back(made.id);
        let half = self.draw(cuts.len() as u64) as usize;
        let mut cuts = cuts.into_iter();
        for part in [half, usize::MAX] {
            let (outbox, part) = (outbox.clone(), cuts.by_ref().take(part).collect::<Vec<_>>());
            tokio::task::spawn_blocking(move || {
                for cut in part {
                    outbox.cut_segment(made.id, cut.header, &cut.flac, cut.digest, &[])?;
                }
                anyhow::Ok(())
            })
            .await??;
            self.send().await?;
        }
        tokio::task::spawn_blocking(move || outbox.finish(made.id, false)).await??;
        while self.waiting()? > BACKLOG && !stop.is_cancelled() {
            self.send().await?;
        }
        Ok(())
    }

    /// Sends until every recording has its receipt.
    pub(crate) async fn drain(&self) -> Result<()> {
        let since = Instant::now();
        while self.waiting()? > 0 {
            self.pass().await?;
            if since.elapsed() > LONGEST_DRAIN {
                bail!("{} recordings wait, though the line is good", self.waiting()?);
            }
        }
        Ok(())
    }

    /// Segments of recent recordings whose acknowledgement is here.
    pub(crate) fn acknowledged(&self) -> Vec<(RecordingId, u32)> {
        let recent = locked(&self.recent).clone();
        let of_one = |id: RecordingId| {
            let segments = self.outbox().segments(id).unwrap_or_default();
            segments
                .into_iter()
                .filter(|it| it.sent)
                .map(move |it| (id, it.seq))
                .collect::<Vec<_>>()
        };
        recent.into_iter().flat_map(of_one).collect()
    }

    pub(crate) fn problems(&self) -> Result<Vec<String>> {
        Ok(self.found().problems)
    }

    /// Makes a whole recording of these segments.
    pub(crate) fn keep(&self, segments: &[(SegmentHeader, Vec<u8>, Digest)]) -> Result<()> {
        let (id, owner) = (RecordingId::new(), Some(self.account.clinician));
        self.outbox().begin(&NewRecording {
            id,
            owner,
            create: CreateRecording::dictation(Utc::now()),
        })?;
        for (header, flac, digest) in segments {
            self.outbox().cut_segment(id, *header, flac, *digest, &[])?;
        }
        self.outbox().finish(id, false)?;
        locked(&self.recent).push_back(id);
        Ok(())
    }

    /// As the recorder does by itself, with its own waits.
    pub(crate) fn keep_sending(&self, stop: CancellationToken) -> JoinHandle<()> {
        let recorder = self.recorder.clone();
        tokio::spawn(async move { recorder.sync().run(stop).await })
    }

    /// Recordings without a receipt.
    pub(crate) fn waiting(&self) -> Result<usize> {
        let mut recent = locked(&self.recent);
        let mut waiting = 0;
        let mut kept = VecDeque::new();
        for id in recent.iter().rev() {
            let stored = self.outbox().recording(*id)?;
            if let Some(why) = stored.wedged {
                let problem = format!("{id} was set aside: {why}");
                locked(&self.found).problems.push(problem);
                self.outbox().set_wedged(*id, None)?;
            }
            let waits = stored.receipt.is_none();
            waiting += usize::from(waits);
            // The last whole ones stay a while: what was acknowledged just now is what a kill may lose.
            if waits || kept.len() < 2 {
                kept.push_front(*id);
            }
        }
        *recent = kept;
        Ok(waiting)
    }

    /// A pass, now and then to where no server is.
    async fn send(&self) -> Result<()> {
        let elsewhere = match self.draw(ELSEWHERE) {
            // A label of more than 63 bytes is refused without asking anyone.
            0 => Some(format!("https://{}.invalid", "x".repeat(64))),
            // It speaks HTTP, and no TLS.
            1 => Some(self.account.server.replace("http://", "https://")),
            _ => None,
        };
        let Some(server) = elsewhere else { return self.pass().await };
        let no_name = server.contains(".invalid");
        self.outbox().enrol(&Account { server, ..self.account.clone() })?;
        let result = self.recorder.sync().pass().await;
        self.outbox().enrol(&self.account)?;
        let mut found = locked(&self.found);
        if no_name {
            found.no_name += 1
        } else {
            found.no_tls += 1
        }
        match result {
            Err(error) if error.class() == Class::Everything => {}
            other => found.problems.push(format!("where no server is: {other:?}")),
        }
        Ok(())
    }

    async fn pass(&self) -> Result<()> {
        let result = self.recorder.sync().pass().await;
        let Err(error) = result else {
            locked(&self.found).passes += 1;
            return Ok(());
        };
        locked(&self.found).failed += 1;
        match error {
            SyncError::SignInNeeded => self.sign_in().await,
            error if error.class() != Class::Everything => {
                locked(&self.found).problems.push(format!("a pass ended with: {error}"));
            }
            _ => {}
        }
        tokio::time::sleep(BETWEEN.mul_f64(self.draw(100) as f64 / 100.0)).await;
        Ok(())
    }

    /// As the clinician does when the window asks for it.
    async fn sign_in(&self) {
        locked(&self.found).signed_in_again += 1;
        let server = &self.account.server;
        // In vain while the line is bad: the next pass asks again.
        let _ = self.recorder.enrol(server, EMAIL, PASSWORD.into(), "Soak").await;
    }

    fn draw(&self, end: u64) -> u64 {
        locked(&self.random).below(end)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
