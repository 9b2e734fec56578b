//! A server with a database of its own, and a workstation that is enrolled with it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use argon2::{Argon2, PasswordHasher as _};
use medrecord_common::audio::{SAMPLE_RATE, flac};
use medrecord_common::ids::RecordingId;
use medrecord_recorder::audio::{Pace, open_file};
use medrecord_recorder::outbox::Outbox;
use medrecord_recorder::recorder::{Recorder, RecorderConfig};
use medrecord_recorder::vault::MemoryStore;
use medrecord_server::clock::Clock;
use medrecord_server::drafting::dictated::Dictated;
use medrecord_server::{App, Config, MIGRATOR};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool};
use tempfile::{NamedTempFile, TempDir};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::line::Line;
use super::provider::Provider;

const EMAIL: &str = "bench@clinic.test";
const PASSWORD: &str = "correct horse battery staple";
/// Requests to the provider at the same time.
const WORKERS: usize = 8;

pub(crate) struct Clinic {
    pool: PgPool,
    database: String,
    recorder: Recorder,
    pub(crate) line: Line,
    cancel: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    _folder: TempDir,
}

impl Clinic {
    pub(crate) async fn open() -> Result<Self> {
        let (pool, database) = make_database().await?;
        let folder = tempfile::tempdir()?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let line = Line::to(listener.local_addr()?).await?;
        let url = line.url.clone();
        let mut config = Config::for_tests(folder.path());
        config.frontend_url = url.clone();
        config.jobs.workers = WORKERS;
        let (speech, drafter) = (Arc::new(Provider), Arc::new(Dictated));
        let app = App::new(config, pool.clone(), speech, drafter, Clock::system()).await?;
        let cancel = CancellationToken::new();
        let token = cancel.clone();
        let serving = tokio::spawn(async move {
            app.serve(listener, token).await.expect("the benchmark's server serves");
        });
        add_clinician(&pool).await?;
        let secrets = Arc::new(MemoryStore::default());
        let data_dir = folder.path().join("workstation");
        let recorder = Recorder::open(RecorderConfig { data_dir, secrets, key_file: false })?;
        recorder.enrol(&url, EMAIL, PASSWORD.into(), "Bench").await?;
        let (syncing, token) = (recorder.clone(), cancel.clone());
        let syncing = tokio::spawn(async move { syncing.run_sync(token).await });
        let tasks = vec![serving, syncing];
        Ok(Self { pool, database, recorder, line, cancel, tasks, _folder: folder })
    }

    /// Starts a recording of a file in the microphone's place.
    pub(crate) async fn record(&self, wav: &Path, times: u32) -> Result<RecordingId> {
        let recorder = self.recorder.clone();
        let source = open_file(wav.to_owned(), Pace::Times(f64::from(times)));
        Ok(tokio::task::spawn_blocking(move || recorder.start_from(source, None)).await??)
    }

    /// When the recorder had taken the last of so many samples: here someone would press Stop.
    pub(crate) async fn stopped(&self, samples: u64) -> Result<Instant> {
        let (_, mut progress) = self.recorder.progress().context("nothing is recorded")?;
        progress.wait_for(|it| it.recorded_samples >= samples || it.ended).await?;
        Ok(Instant::now())
    }

    /// When the workstation had the receipt, verified.
    pub(crate) async fn acknowledged(&self, id: RecordingId) -> Result<Instant> {
        self.kept(move |outbox| Ok(outbox.recording(id)?.receipt.is_some())).await
    }

    /// When the workstation had the draft's text.
    pub(crate) async fn drafted(&self, id: RecordingId) -> Result<Instant> {
        self.kept(move |outbox| Ok(outbox.recording(id)?.note_text.is_some())).await
    }

    /// When something had been written into the outbox.
    async fn kept(
        &self,
        is_there: impl Fn(&Outbox) -> Result<bool> + Clone + Send + 'static,
    ) -> Result<Instant> {
        let mut changes = self.recorder.outbox().changes();
        loop {
            changes.borrow_and_update();
            let (outbox, is_there) = (self.recorder.outbox().clone(), is_there.clone());
            if tokio::task::spawn_blocking(move || is_there(&outbox)).await?? {
                return Ok(Instant::now());
            }
            changes.changed().await?;
        }
    }

    /// FLAC bytes that the server has, and in how many segments.
    pub(crate) async fn stored(&self) -> Result<(i64, i64)> {
        let sql = "select sum(size_bytes), count(*) from segment";
        Ok(sqlx::query_as(sql).fetch_one(&self.pool).await?)
    }

    /// Seconds of speech in the last segment, which alone is left to be done after Stop.
    pub(crate) async fn last_segment(&self) -> Result<f64> {
        let sql = "select samples from segment order by seq desc limit 1";
        let samples: i32 = sqlx::query_scalar(sql).fetch_one(&self.pool).await?;
        Ok(f64::from(samples) / f64::from(SAMPLE_RATE))
    }

    /// Segments that are on the server and have no text yet.
    pub(crate) async fn outstanding(&self) -> Result<i64> {
        let sql = "select count(*) from segment s where s.speech > 0 and not exists (select from
            segment_text t where t.recording_id = s.recording_id and t.seq = s.seq)";
        Ok(sqlx::query_scalar(sql).fetch_one(&self.pool).await?)
    }

    /// When the recording was whole on the server and every segment had its text.
    pub(crate) async fn transcribed(&self) -> Result<Instant> {
        let mut poll = tokio::time::interval(Duration::from_millis(2));
        loop {
            poll.tick().await;
            let complete = "select count(*) from recording where completed_at is not null";
            let complete: i64 = sqlx::query_scalar(complete).fetch_one(&self.pool).await?;
            if complete == 1 && self.outstanding().await? == 0 {
                return Ok(Instant::now());
            }
        }
    }

    pub(crate) async fn close(self) -> Result<()> {
        self.cancel.cancel();
        for task in self.tasks {
            task.await?;
        }
        self.pool.close().await;
        let mut connection = PgConnection::connect_with(&cluster()?).await?;
        let drop = format!("drop database {}", self.database);
        sqlx::query(AssertSqlSafe(drop)).execute(&mut connection).await?;
        Ok(())
    }
}

/// So many minutes of the shipped sample, said over and over; its end is the end of each.
pub(crate) fn speech(minutes: u32) -> Result<Vec<i16>> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/progress-note.flac");
    let pcm = flac::decode_up_to(&std::fs::read(sample)?, 120 * SAMPLE_RATE as usize)?;
    let samples = (minutes * 60 * SAMPLE_RATE) as usize;
    let before = pcm.len() - samples % pcm.len();
    Ok(pcm.iter().copied().cycle().skip(before).take(samples).collect())
}

pub(crate) fn wav(pcm: &[i16]) -> Result<NamedTempFile> {
    let file = NamedTempFile::with_suffix(".wav")?;
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: SAMPLE_RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(file.path(), spec)?;
    for sample in pcm {
        writer.write_sample(*sample)?;
    }
    writer.finalize()?;
    Ok(file)
}

fn cluster() -> Result<PgConnectOptions> {
    let url = std::env::var("DATABASE_URL")
        .context("DATABASE_URL is not set; `cargo xtask bench stop-to-transcript` sets it")?;
    Ok(url.parse()?)
}

async fn make_database() -> Result<(PgPool, String)> {
    let options = cluster()?;
    let name = format!("bench_{}", uuid::Uuid::now_v7().simple());
    let mut connection = PgConnection::connect_with(&options).await?;
    let create = format!("create database {name}");
    sqlx::query(AssertSqlSafe(create)).execute(&mut connection).await?;
    let pool = PgPool::connect_with(options.database(&name)).await?;
    MIGRATOR.run(&pool).await?;
    Ok((pool, name))
}

async fn add_clinician(pool: &PgPool) -> Result<()> {
    let hash = Argon2::default().hash_password(PASSWORD.as_bytes());
    let hash = hash.map_err(|error| anyhow::anyhow!("{error}"))?.to_string();
    sqlx::query(
        "insert into clinician (id, email, name, role, password_hash)
         values ($1, $2, 'Dr. Bench', 'clinician', $3)",
    )
    .bind(uuid::Uuid::now_v7())
    .bind(EMAIL)
    .bind(hash)
    .execute(pool)
    .await?;
    Ok(())
}
