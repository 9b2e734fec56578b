//! The credential of a workstation is renewed over 1,000 crashes, and nobody has to sign in again; a thief is noticed.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use medrecord_common::auth::Tokens;
use medrecord_common::problem::ErrorCode;
use medrecord_recorder::sync::{Sync, SyncError};
use medrecord_recorder::vault::{MemoryStore, SecretStore, VaultError};
use secrecy::SecretString;
use serde_json::json;
use sqlx::PgPool;

use crate::support::app::{PASSWORD, TestApp};
use crate::support::clinic::Clinic;

const CRASHES: usize = 1_000;

/// Where the workstation dies, or what the network does to it, while the credential is renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The request never leaves.
    Asking,
    /// The server has given a successor, and nobody hears of it.
    Answered,
    /// The successor is here, and not in the vault.
    Keeping,
    /// As the last one, with a request that the network delivers again after the next ones.
    Delayed,
    /// The server gets the request twice at once; the workstation dies after it was kept.
    Doubled,
    /// All is well; it dies after that.
    Kept,
}

const STEPS: [Step; 6] =
    [Step::Asking, Step::Answered, Step::Keeping, Step::Delayed, Step::Doubled, Step::Kept];

/// A line that reads requests, and does what the step says to those that renew.
struct Line {
    server: String,
    http: reqwest::Client,
    step: Mutex<Step>,
    held_back: Mutex<Vec<Bytes>>,
}

impl Line {
    async fn to(app: &TestApp) -> (String, Arc<Self>) {
        let line = Arc::new(Self {
            server: app.url.clone(),
            http: reqwest::Client::builder().build().unwrap(),
            step: Mutex::new(Step::Kept),
            held_back: Mutex::default(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new().fallback(carry).with_state(Arc::clone(&line));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (url, line)
    }

    async fn renew(&self, body: Bytes) -> Response {
        let url = format!("{}/api/v1/auth/refresh", self.server);
        let request = self.http.post(url).header("content-type", "application/json");
        pass_back(request.body(body).send().await.unwrap()).await
    }

    /// What was held back reaches the server at last.
    async fn deliver(&self) {
        let late = std::mem::take(&mut *self.held_back.lock().unwrap());
        for body in late {
            assert_eq!(self.renew(body).await.status(), StatusCode::OK);
        }
    }
}

async fn carry(State(line): State<Arc<Line>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    if parts.uri.path() != "/api/v1/auth/refresh" {
        let request = line.http.request(parts.method, format!("{}{}", line.server, parts.uri));
        return pass_back(request.headers(parts.headers).body(body).send().await.unwrap()).await;
    }
    let step = *line.step.lock().unwrap();
    match step {
        Step::Asking => StatusCode::BAD_GATEWAY.into_response(),
        Step::Answered => {
            assert_eq!(line.renew(body).await.status(), StatusCode::OK);
            StatusCode::BAD_GATEWAY.into_response()
        }
        Step::Delayed => {
            line.held_back.lock().unwrap().push(body);
            StatusCode::BAD_GATEWAY.into_response()
        }
        Step::Doubled => tokio::join!(line.renew(body.clone()), line.renew(body)).0,
        Step::Keeping | Step::Kept => line.renew(body).await,
    }
}

async fn pass_back(answer: reqwest::Response) -> Response {
    let (status, headers) = (answer.status(), answer.headers().clone());
    (status, headers, answer.bytes().await.unwrap()).into_response()
}

/// A vault that can be out of reach when something is to be kept.
#[derive(Default)]
struct Vault {
    store: MemoryStore,
    is_out_of_reach: Mutex<bool>,
}

impl SecretStore for Vault {
    fn get(&self, name: &str) -> Result<Option<SecretString>, VaultError> {
        self.store.get(name)
    }

    fn set(&self, name: &str, secret: &SecretString) -> Result<(), VaultError> {
        if *self.is_out_of_reach.lock().unwrap() {
            return Err(VaultError::TimedOut(5));
        }
        self.store.set(name, secret)
    }

    fn delete(&self, name: &str) -> Result<(), VaultError> {
        self.store.delete(name)
    }
}

/// Every step follows every other one: by a walk (of a fixed seed) over them.
fn steps() -> impl Iterator<Item = Step> {
    let mut state: u32 = 2_463_534_242;
    std::iter::repeat_with(move || {
        // Xorshift, Marsaglia 2003.
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        STEPS[state as usize % STEPS.len()]
    })
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_thousand_crashes_at_every_step_lock_nobody_out(pool: PgPool) {
    let clinic = Clinic::open(pool).await;
    let (url, line) = Line::to(&clinic.app).await;
    let vault = Arc::new(Vault::default());
    // Each run of the program is a `Sync` of its own; only the vault and the outbox outlive it.
    let run = || {
        let secrets: Arc<dyn SecretStore> = vault.clone();
        Sync::new(clinic.recorder.outbox().clone(), secrets)
    };
    let email = &clinic.okafor.email;
    run().enrol(&url, email, PASSWORD, "Room 4", None).await.unwrap();
    let mut renewed = 0;
    for step in steps().take(CRASHES) {
        *line.step.lock().unwrap() = step;
        *vault.is_out_of_reach.lock().unwrap() = step == Step::Keeping;
        let result = run().pass().await;
        match (step, result) {
            (Step::Kept | Step::Doubled, Ok(_)) => {
                renewed += 1;
                line.deliver().await;
            }
            (Step::Asking | Step::Answered | Step::Delayed, Err(SyncError::Busy { .. }))
            | (Step::Keeping, Err(SyncError::Vault(VaultError::TimedOut(5)))) => {}
            (_, result) => panic!("{step:?} after {renewed} renewals: {result:?}"),
        }
    }
    assert!(renewed > CRASHES / 4, "{renewed}");
    assert_eq!(clinic.app.audited("refresh_token_reused").await, 0);
}

/// Whoever stole a token, with or without the key beside it, and comes when the workstation is further on.
#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_replay_after_the_first_use_of_the_successor_ends_the_family_always(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let client = app.anyone();
    for stolen in 0..4 {
        for thiefs_key in [None, Some("the workstation's"), Some("another")] {
            let mut tokens = vec![app.enrol(&okafor).await.tokens.refresh_token];
            for _ in 0..=4 {
                let body = json!({ "refresh_token": tokens.last(),
                    "idempotency_key": "the workstation's" });
                let answer = client.post("/auth/refresh", &body).await;
                tokens.push(answer.json::<Tokens>().refresh_token);
            }
            let body = json!({ "refresh_token": tokens[stolen], "idempotency_key": thiefs_key });
            let answer = client.post("/auth/refresh", &body).await;
            assert_eq!(answer.fault(), (401, ErrorCode::DeviceRevoked), "{stolen} {thiefs_key:?}");
            let body = json!({ "refresh_token": tokens.last() });
            let answer = client.post("/auth/refresh", &body).await;
            assert_eq!(answer.fault(), (401, ErrorCode::DeviceRevoked), "{stolen} {thiefs_key:?}");
        }
    }
}

/// A thief who comes first has the successor; the workstation's repeat takes it away, or is what tells of the theft.
#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_thief_before_the_first_use_keeps_nothing_unnoticed(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let client = app.anyone();
    let renew = async |token: &str, key: &str| {
        let body = json!({ "refresh_token": token, "idempotency_key": key });
        client.post("/auth/refresh", &body).await
    };
    let first = app.enrol(&okafor).await.tokens.refresh_token;
    let thiefs: Tokens = renew(&first, "thief").await.json();
    let own: Tokens = renew(&first, "workstation").await.json();
    assert_ne!(thiefs.refresh_token, own.refresh_token);
    let again: Tokens = renew(&first, "workstation").await.json();
    assert_eq!(own.refresh_token, again.refresh_token, "a repeat of one's own takes nothing away");
    let answer = renew(&thiefs.refresh_token, "thief").await;
    assert_eq!(answer.fault(), (401, ErrorCode::DeviceRevoked), "it was voided");
    let answer = renew(&own.refresh_token, "workstation").await;
    assert_eq!(answer.fault(), (401, ErrorCode::DeviceRevoked), "and the family is over");
}
