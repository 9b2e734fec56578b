//! SIGKILL while recording, while syncing and while transcribing: the note is made, once, whole.

use std::process::Stdio;

use medrecord_common::note::Note;
use sqlx::PgPool;

use crate::support::browser::Browser;
use crate::support::openai::OpenAi;
use crate::support::programs::{Programs, lines_of, within};
use crate::support::speech;

fn sentence(seq: u32) -> String {
    format!("This is what was said in part {seq}.")
}

/// The one note of the one recording; every segment with speech is cited, in order, once.
async fn assert_whole(programs: &Programs, url: &str, pool: &PgPool) -> Note {
    let spoken: Vec<i32> =
        sqlx::query_scalar("select seq from segment where speech > 0 order by seq")
            .fetch_all(pool)
            .await
            .unwrap();
    assert!(!spoken.is_empty(), "something was said");
    let notes: i64 = sqlx::query_scalar("select count(*) from note").fetch_one(pool).await.unwrap();
    assert_eq!(notes, 1, "a note is made once");
    let listed = programs.recorder_prints(&["list", "--json"]).await;
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let recording = listed[0]["id"].as_str().unwrap().to_owned();
    let browser = Browser::sign_in(url).await;
    let note: Note = browser.get(&format!("/recordings/{recording}/note")).await;
    let cited: Vec<i32> = note.content.evidence().map(|evidence| evidence.seq as i32).collect();
    assert_eq!(cited, spoken, "nothing is missing and nothing is there twice");
    note
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn killed_while_recording_the_note_is_made_of_what_was_on_disk(pool: PgPool) {
    let openai = OpenAi::start(usize::MAX, sentence).await;
    let programs = Programs::new(&pool, &openai.url).await;
    let server = programs.serve().await;
    programs.enrol(&server).await;
    let wav = speech::write_wav(&programs.path("speech.wav"), 1);
    let mut recorder = programs.recorder();
    recorder.arg("record").arg("--wav").arg(&wav).args(["--speed", "20"]);
    let mut recorder = recorder.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = lines_of(&mut recorder);
    let mut on_disk_ms = 0;
    while on_disk_ms < 45_000 {
        let line = within(lines.next_line()).await.unwrap().expect("it is still recording");
        if let Some(ms) = line.strip_prefix("on disk ") {
            on_disk_ms = ms.parse().unwrap();
        }
    }
    recorder.kill().await.unwrap();

    programs.recorder_prints(&["sync", "--until-done"]).await;

    assert_whole(&programs, &server.url, &pool).await;
    let samples: i64 =
        sqlx::query_scalar("select samples from recording").fetch_one(&pool).await.unwrap();
    assert!(samples >= on_disk_ms * 16, "{samples} samples arrived of {on_disk_ms} ms on disk");
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn killed_while_syncing_the_rest_is_sent(pool: PgPool) {
    let openai = OpenAi::start(usize::MAX, sentence).await;
    let programs = Programs::new(&pool, &openai.url).await;
    let server = programs.serve().await;
    programs.enrol(&server).await;
    let wav = speech::write_wav(&programs.path("speech.wav"), 4);
    programs.recorder_prints(&["import", wav.to_str().unwrap()]).await;
    let mut recorder = programs.recorder().args(["sync", "--until-done"]).spawn().unwrap();
    let arrived = within(async {
        loop {
            let count: i64 =
                sqlx::query_scalar("select count(*) from segment").fetch_one(&pool).await.unwrap();
            if count > 0 {
                break count;
            }
        }
    })
    .await;
    recorder.kill().await.unwrap();
    let listed = programs.recorder_prints(&["list", "--json"]).await;
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let total = listed[0]["segments"].as_i64().unwrap();
    assert!(arrived < total, "killed after {arrived} of {total}");

    programs.recorder_prints(&["sync", "--until-done"]).await;

    assert_whole(&programs, &server.url, &pool).await;
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn killed_while_transcribing_the_job_is_taken_up_again(pool: PgPool) {
    let mut openai = OpenAi::start(2, sentence).await;
    let programs = Programs::new(&pool, &openai.url).await;
    let server = programs.serve().await;
    programs.enrol(&server).await;
    let wav = speech::write_wav(&programs.path("speech.wav"), 1);
    programs.recorder_prints(&["import", wav.to_str().unwrap()]).await;
    let mut recorder = programs.recorder().args(["sync", "--until-done"]).spawn().unwrap();
    within(openai.requests(3)).await;
    server.kill().await;
    openai.open();

    let server = programs.serve().await;
    assert!(within(recorder.wait()).await.unwrap().success(), "the recorder went on by itself");

    assert_whole(&programs, &server.url, &pool).await;
}
