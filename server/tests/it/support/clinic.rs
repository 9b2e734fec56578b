//! A server, the line to it, and a workstation with the real recorder.

use std::path::PathBuf;
use std::sync::Arc;

use medrecord_common::auth::Clinician;
use medrecord_common::ids::RecordingId;
use medrecord_recorder::outbox::OutboxError;
use medrecord_recorder::recorder::{Recorder, RecorderConfig};
use medrecord_recorder::sync::{Pass, Sync};
use medrecord_recorder::vault::MemoryStore;
use medrecord_server::Config;
use sqlx::PgPool;

use super::app::{PASSWORD, TestApp};
use super::line::Line;
use super::speech;

/// A server, the line to it, and a workstation.
pub(crate) struct Clinic {
    pub(crate) app: TestApp,
    pub(crate) line: Line,
    pub(crate) recorder: Recorder,
    secrets: Arc<MemoryStore>,
    pub(crate) okafor: Clinician,
    pub(crate) folder: tempfile::TempDir,
}

impl Clinic {
    pub(crate) async fn open(pool: PgPool) -> Self {
        Self::open_with(pool, None).await
    }

    pub(crate) async fn open_with(pool: PgPool, recovery_key: Option<String>) -> Self {
        Self::open_as(pool, |config| config.recovery_key = recovery_key).await
    }

    /// With another configuration of the server than the tests' own.
    pub(crate) async fn open_as(pool: PgPool, change: impl FnOnce(&mut Config)) -> Self {
        let app = TestApp::start_with(pool, change).await;
        let line = Line::to(&app.url).await;
        let okafor = app.add("okafor").await;
        let folder = tempfile::tempdir().unwrap();
        let secrets = Arc::new(MemoryStore::default());
        let data_dir = folder.path().join("workstation");
        let config = RecorderConfig { data_dir, secrets: secrets.clone(), key_file: false };
        let recorder = Recorder::open(config).unwrap();
        Self { app, line, recorder, secrets, okafor, folder }
    }

    /// The server is started again with another configuration; nobody else notices.
    pub(crate) async fn restart(self, change: impl FnOnce(&mut Config)) -> Self {
        let app = Box::pin(self.app.start_again(change)).await;
        self.line.lead_to(&app.url);
        // A kept connection whose end has not been noticed yet costs this pass, and none that is counted.
        let _ = self.recorder.sync().pass().await;
        Self { app, ..self }
    }

    pub(crate) async fn enrol(&self, clinician: &Clinician) {
        let email = &clinician.email;
        self.recorder.enrol(&self.line.url, email, PASSWORD.into(), "Room 4").await.unwrap();
    }

    pub(crate) fn wav(&self) -> PathBuf {
        let path = self.folder.path().join("speech.wav");
        if path.exists() { path } else { speech::write_wav(&path, 1) }
    }

    pub(crate) fn import(&self) -> RecordingId {
        self.recorder.import(&self.wav(), None).unwrap().recording
    }

    pub(crate) async fn pass(&self) -> Pass {
        self.recorder.sync().pass().await.unwrap()
    }

    /// By a program that was started for this pass alone and remembers none before it.
    pub(crate) async fn pass_anew(&self) -> Pass {
        let sync = Sync::new(self.recorder.outbox().clone(), self.secrets.clone());
        sync.pass().await.unwrap()
    }

    /// What the server plays is what the workstation exports, sample by sample.
    pub(crate) async fn assert_equal(&self, clinician: &Clinician, id: RecordingId) {
        let mut here = Vec::new();
        self.recorder
            .outbox()
            .export_pcm::<OutboxError>(id, |pcm| {
                here.extend_from_slice(pcm);
                Ok(())
            })
            .unwrap();
        let browser = self.app.browser(clinician).await;
        let played = browser.get(&format!("/recordings/{id}/audio")).await;
        let mut wav = hound::WavReader::new(&played.bytes[..]).unwrap();
        let there: Vec<i16> = wav.samples().map(Result::unwrap).collect();
        assert!(!here.is_empty());
        assert!(here == there, "{} samples here, {} there", here.len(), there.len());
    }

    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.app.app.pool).await.unwrap()
    }

    pub(crate) fn segments(&self) -> i64 {
        self.recorder.recordings().unwrap().iter().map(|row| i64::from(row.segments)).sum()
    }
}
