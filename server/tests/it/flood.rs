//! Thousands of windows that ask for their events at once: all get them, and nobody else waits for that.

use std::time::{Duration, Instant};

use reqwest::{Client, Method, Response, StatusCode};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sqlx::PgPool;
use tokio::process::Command;
use tokio::task::JoinSet;

use crate::support::browser::Browser;
use crate::support::programs::{Programs, within};

const STREAMS: usize = 2_000;
/// The health check of the container gives up after this.
const PATIENCE: Duration = Duration::from_secs(5);

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn two_thousand_streams_open_at_once_and_end_at_once_and_nobody_else_notices(pool: PgPool) {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
    let programs = Programs::new(&pool, "http://127.0.0.1:9").await;
    let server = programs.start(&mut with_few_files(&programs)).await;
    let browser = Browser::sign_in(&server.url).await;
    // A new connection each time, as a health check has it.
    let builder = Client::builder().timeout(PATIENCE).pool_max_idle_per_host(0);
    let (http, health) = (builder.build().unwrap(), format!("{}/api/health", server.url));
    let is_well = async || {
        let began = Instant::now();
        let answer = http.get(&health).send().await.expect("it is answered in time");
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, StatusCode::OK, "after {:?}: {text}", began.elapsed());
    };
    is_well().await;

    let mut opening = open(&browser);
    let opened = async {
        let mut streams = Vec::new();
        while let Some(stream) = within(opening.join_next()).await {
            streams.push(stream.unwrap());
        }
        streams
    };
    let streams = tokio::select! {
        streams = opened => streams,
        () = async { loop { is_well().await } } => unreachable!("it asks for ever"),
    };
    assert_eq!(streams.len(), STREAMS);
    is_well().await;
    drop(streams);
    is_well().await;

    // Windows that are gone before they were answered are not worked for.
    let mut opening = open(&browser);
    within(opening.join_next()).await.unwrap().unwrap();
    drop(opening);
    is_well().await;
}

/// The server as a process that may open fewer files than there are streams, unless it asks for more.
fn with_few_files(programs: &Programs) -> Command {
    let server = programs.server();
    let server = server.as_std();
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -S -n 1024; exec \"$0\" serve"]).arg(server.get_program());
    shell.envs(server.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.env("RUST_LOG", "info").kill_on_drop(true);
    shell
}

/// Each over a connection of its own, all at the same time.
fn open(browser: &Browser) -> JoinSet<Response> {
    let mut opening = JoinSet::new();
    for _ in 0..STREAMS {
        let request = browser.request(Method::GET, "/events");
        opening.spawn(async move {
            let stream = request.send().await.unwrap();
            assert_eq!(stream.status(), StatusCode::OK);
            stream
        });
    }
    opening
}
