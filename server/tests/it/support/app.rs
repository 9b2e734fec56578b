//! The whole server in the test's process, on a real socket, with a clock that the test moves.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use argon2::{Argon2, PasswordHasher as _};
use chrono::{DateTime, Utc};
use medrecord_common::auth::{Clinician, Enrolled, Role};
use medrecord_common::ids::ClinicianId;
use medrecord_server::clock::Clock;
use medrecord_server::drafting::dictated::Dictated;
use medrecord_server::{App, Config};
use reqwest::StatusCode;
use sqlx::PgPool;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::client::Client;
use super::speaker::Engine;

pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A server without a worker: the test steps the queue with `app.run_due_jobs()`.
pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) clock: Clock,
    pub(crate) engine: Engine,
    pub(crate) url: String,
    pub(crate) dir: tempfile::TempDir,
    stop: CancellationToken,
    _stop_on_drop: DropGuard,
}

impl TestApp {
    pub(crate) async fn start(pool: PgPool) -> Self {
        Self::start_with(pool, |_| ()).await
    }

    /// The folder with the encrypted audio.
    pub(crate) fn audio_dir(&self) -> PathBuf {
        self.app.config.audio.folder().unwrap().to_owned()
    }

    /// The folder with the wrapped keys.
    pub(crate) fn keys_dir(&self) -> PathBuf {
        self.app.config.keys.folder().unwrap().to_owned()
    }

    /// With another configuration than the tests' own.
    pub(crate) async fn start_with(pool: PgPool, change: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = Config::for_tests(dir.path());
        let clock = Clock::fixed("2026-08-03T09:00:00Z".parse::<DateTime<Utc>>().unwrap());
        Self::run(pool, dir, clock, config, change).await
    }

    /// Stops, and starts again in the same folder with another configuration, at another address.
    pub(crate) async fn start_again(self, change: impl FnOnce(&mut Config)) -> Self {
        self.stop();
        let Self { app, clock, dir, .. } = self;
        Self::run(app.pool.clone(), dir, clock, (*app.config).clone(), change).await
    }

    async fn run(
        pool: PgPool,
        dir: tempfile::TempDir,
        clock: Clock,
        mut config: Config,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        config.frontend_url = url.clone();
        change(&mut config);
        let engine = Engine::new();
        let (speech, drafter) = (Arc::new(engine.clone()), Arc::new(Dictated));
        let app = App::new(config, pool, speech, drafter, clock.clone()).await.unwrap();
        let stop = CancellationToken::new();
        let (served, token) = (app.clone(), stop.clone());
        tokio::spawn(async move { served.serve(listener, token).await.unwrap() });
        let _stop_on_drop = stop.clone().drop_guard();
        Self { app, clock, engine, url, dir, stop, _stop_on_drop }
    }

    /// Begins the shutdown, as SIGTERM does.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Nobody: no credential at all.
    pub(crate) fn anyone(&self) -> Client {
        Client::new(&self.url)
    }

    /// Adds a clinician `NAME@clinic.test`.
    pub(crate) async fn add(&self, name: &str) -> Clinician {
        let clinician = Clinician {
            id: ClinicianId::new(),
            name: format!("Dr. {name}"),
            email: format!("{name}@clinic.test"),
            role: Role::Clinician,
        };
        sqlx::query(
            "insert into clinician (id, email, name, role, password_hash, vocabulary)
             values ($1, $2, $3, 'clinician', $4, '{metformin,lisinopril}')",
        )
        .bind(clinician.id.0)
        .bind(&clinician.email)
        .bind(&clinician.name)
        .bind(password_hash())
        .execute(&self.app.pool)
        .await
        .unwrap();
        clinician
    }

    /// Adds someone who looks after the installation.
    pub(crate) async fn add_admin(&self, name: &str) -> Clinician {
        let added = self.add(name).await;
        sqlx::query("update clinician set role = 'admin' where id = $1")
            .bind(added.id.0)
            .execute(&self.app.pool)
            .await
            .unwrap();
        Clinician { role: Role::Admin, ..added }
    }

    /// The clinician's signed-in browser.
    pub(crate) async fn browser(&self, clinician: &Clinician) -> Client {
        self.anyone().sign_in(&clinician.email, PASSWORD).await
    }

    /// A workstation that the clinician has enrolled.
    pub(crate) async fn device(&self, clinician: &Clinician) -> Client {
        let enrolled = self.enrol(clinician).await;
        self.anyone().with_token(&enrolled.tokens.access_token)
    }

    pub(crate) async fn enrol(&self, clinician: &Clinician) -> Enrolled {
        let body = serde_json::json!({ "email": clinician.email, "password": PASSWORD,
            "device_name": "Room 4", "platform": "linux", "version": "0.1.0" });
        let answer = self.anyone().post("/devices", &body).await;
        assert_eq!(answer.status, StatusCode::CREATED);
        answer.json()
    }

    /// How often an act was audited.
    pub(crate) async fn audited(&self, action: &str) -> i64 {
        sqlx::query_scalar("select count(*) from audit_event where action = $1")
            .bind(action)
            .fetch_one(&self.app.pool)
            .await
            .unwrap()
    }
}

/// One hash for all: hashing is slow on purpose.
pub(crate) fn password_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| Argon2::default().hash_password(PASSWORD.as_bytes()).unwrap().to_string())
}
