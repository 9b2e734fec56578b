//! Audio and keys in an S3-compatible store (moto), and the way there from folders.

use std::process::Stdio;
use std::time::Duration;

use medrecord_common::auth::Clinician;
use medrecord_common::ids::RecordingId;
use medrecord_server::config::{Bucket, S3, Store};
use medrecord_server::copy_store;
use reqwest::StatusCode;
use sqlx::PgPool;
use tokio::process::{Child, Command};

use crate::support::app::TestApp;
use crate::support::port::port;
use crate::support::speaker::{Spoken, spoken};

/// The store's program, on a port of its own.
struct Moto {
    endpoint: String,
    _child: Child,
}

impl Moto {
    async fn start() -> Self {
        let program = std::env::var_os("MOTO_SERVER")
            .expect("MOTO_SERVER is not set: `cargo xtask test` installs moto and sets it");
        let port = port();
        let mut command = Command::new(program);
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn();
        let moto = Self { endpoint: format!("http://127.0.0.1:{port}"), _child: child.unwrap() };
        moto.make_buckets().await;
        moto
    }

    /// The first answers when the program listens.
    async fn make_buckets(&self) {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        for bucket in ["audio", "keys"] {
            let make = || http.put(format!("{}/{bucket}", self.endpoint)).send();
            let made = tokio::time::timeout(Duration::from_secs(60), async {
                loop {
                    if let Ok(answer) = make().await {
                        return answer.status();
                    }
                    tokio::task::yield_now().await;
                }
            });
            assert_eq!(made.await.expect("moto listens"), StatusCode::OK);
        }
    }

    fn bucket(&self, name: &str) -> Store {
        let s3 = S3 {
            endpoint: Some(self.endpoint.clone()),
            region: "us-east-1".to_owned(),
            access_key_id: "id".into(),
            secret_access_key: "secret".into(),
        };
        Store::Bucket(Bucket { name: name.to_owned(), prefix: "clinic".to_owned(), s3 })
    }
}

async fn assert_plays(app: &TestApp, owner: &Clinician, id: RecordingId, segments: &[Spoken]) {
    let answer = app.browser(owner).await.get(&format!("/recordings/{id}/audio")).await;
    assert_eq!(answer.status, StatusCode::OK);
    let mut wav = hound::WavReader::new(&answer.bytes[..]).unwrap();
    let played: Vec<i16> = wav.samples().map(Result::unwrap).collect();
    assert_eq!(played, segments.iter().flat_map(|it| it.pcm.clone()).collect::<Vec<_>>());
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_recording_is_kept_in_buckets_and_played_from_them(pool: PgPool) {
    let moto = Moto::start().await;
    let app = TestApp::start_with(pool, |config| {
        config.audio = moto.bucket("audio");
        config.keys = moto.bucket("keys");
    })
    .await;
    let okafor = app.add("okafor").await;
    let segments = [spoken(0), spoken(1)];
    let id = app.device(&okafor).await.record(&segments).await;
    assert_eq!(app.app.run_due_jobs().await, 3);
    assert_plays(&app, &okafor, id, &segments).await;
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn what_was_in_folders_is_in_the_buckets_after_a_copy_and_a_second_copy_adds_what_is_new(
    pool: PgPool,
) {
    let moto = Moto::start().await;
    let before = TestApp::start(pool.clone()).await;
    let okafor = before.add("okafor").await;
    let segments = [spoken(0), spoken(1), spoken(2)];
    let first = before.device(&okafor).await.record(&segments).await;

    let (audio, keys) = (moto.bucket("audio"), moto.bucket("keys"));
    let folders = (before.app.config.audio.clone(), before.app.config.keys.clone());
    let copied = copy_store(&folders.0, &audio, false).await.unwrap();
    assert_eq!((copied.copied, copied.there), (3, 0));
    copy_store(&folders.1, &keys, true).await.unwrap();

    // The server still serves while the most of it is copied.
    let second = before.device(&okafor).await.record(&segments[..1]).await;
    let copied = copy_store(&folders.0, &audio, false).await.unwrap();
    assert_eq!((copied.copied, copied.there), (1, 3));
    // A key that was destroyed meanwhile is destroyed there.
    std::fs::write(before.keys_dir().join("keys/destroyed"), "x").unwrap();
    copy_store(&folders.1, &keys, true).await.unwrap();
    std::fs::remove_file(before.keys_dir().join("keys/destroyed")).unwrap();
    assert_eq!(copy_store(&folders.1, &keys, true).await.unwrap().copied, 0);
    assert_eq!(copy_store(&keys, &folders.1, false).await.unwrap().copied, 0, "it is gone there");

    let after = TestApp::start_with(pool, |config| {
        config.audio = audio;
        config.keys = keys;
        config.master_keys = before.app.config.master_keys.clone();
    })
    .await;
    assert_plays(&after, &okafor, first, &segments).await;
    assert_plays(&after, &okafor, second, &segments[..1]).await;
}
