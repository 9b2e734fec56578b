//! Nothing in logs and spans but ids: canary words go through every path, and neither holds one.

use medrecord_common::PatientText;
use medrecord_common::note::{EditNote, Note, Sentence, SentenceKind};
use reqwest::{Method, StatusCode};
use sqlx::PgPool;

use crate::support::browser::Browser;
use crate::support::collector::Collector;
use crate::support::openai::OpenAi;
use crate::support::programs::{EMAIL, PASSWORD, Programs, Server};
use crate::support::speech;

const NAME: &str = "Quillwort";
const MRN: &str = "MRN-77411";
const SPOKEN: &str = "zygodactyl";
const WRITTEN: &str = "brachylogous";

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn no_log_holds_a_word_about_a_patient(pool: PgPool) {
    let openai = speech().await;
    let programs = Programs::new(&pool, &openai.url).await;
    let server = programs.serve().await;
    let (recording, refused) = a_note(&programs, &server).await;
    server.kill().await;

    let log = |name: &str| std::fs::read_to_string(programs.path(name)).unwrap();
    let logs = [("server.log", log("server.log")), ("recorder.log", log("recorder.log"))];
    for (name, log) in logs.iter().chain([&("the refusal", refused)]) {
        for canary in [NAME, MRN, SPOKEN, WRITTEN] {
            assert!(!log.contains(canary), "{canary} stands in {name}");
        }
    }
    assert!(logs[0].1.contains(&recording), "the server's log does name the recording");
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_collector_gets_every_span_before_the_server_ends_and_no_word_about_anyone(pool: PgPool) {
    let openai = speech().await;
    let collector = Collector::start().await;
    let programs = Programs::new(&pool, &openai.url).await;
    let mut command = programs.server();
    command.arg("serve").env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url);
    let server = programs.start(&mut command).await;
    let (recording, _) = a_note(&programs, &server).await;
    server.stop().await;

    let spans = collector.text();
    let route = "PUT /api/v1/recordings/{id}/segments/{seq}";
    for told in [&recording, route, "job.id", "request.id", "medrecord-server"] {
        assert!(spans.contains(told), "{told} is in no span");
    }
    for canary in [NAME, MRN, SPOKEN, WRITTEN, EMAIL, PASSWORD, "Okafor", "?name="] {
        assert!(!spans.contains(canary), "{canary} stands in a span");
    }
    let log = std::fs::read_to_string(programs.path("server.log")).unwrap();
    for canary in [NAME, MRN, SPOKEN, WRITTEN] {
        assert!(!log.contains(canary), "{canary} stands in the log");
    }
}

async fn speech() -> OpenAi {
    OpenAi::start(usize::MAX, |_| format!("Plan. The {SPOKEN} was seen.")).await
}

/// A recording becomes a note that is edited, badly too; its id, and what the refusal said.
async fn a_note(programs: &Programs, server: &Server) -> (String, String) {
    programs.enrol(server).await;
    let wav = speech::write_wav(&programs.path("speech.wav"), 1);
    let import = ["import", wav.to_str().unwrap(), "--patient", NAME, "--mrn", MRN];
    let recording = programs.recorder_prints(&import).await.trim().to_owned();
    programs.recorder_prints(&["sync", "--until-done"]).await;

    let browser = Browser::sign_in(&server.url).await;
    let note: Note = browser.get(&format!("/recordings/{recording}/note")).await;
    let path = format!("/notes/{}", note.id);
    let mut sections = note.content.sections.clone();
    sections[0].sentences.push(Sentence {
        text: PatientText::from(WRITTEN),
        kind: SentenceKind::Written,
        evidence: vec![],
    });
    let edit = EditNote { sections };
    assert_eq!(browser.put(&path, note.version, &edit).await, StatusCode::OK);
    assert_eq!(browser.put(&path, note.version, &edit).await, StatusCode::PRECONDITION_FAILED);
    // What cannot be read is refused, and not repeated anywhere.
    let broken = format!(r#"{{"sections": [{{"title": "{WRITTEN}", "sentences": "{SPOKEN}"}}]}}"#);
    let request = browser.request(Method::PUT, &path).header("if-match", "\"2\"");
    let refused = request.header("content-type", "application/json").body(broken).send().await;
    let refused = refused.unwrap().text().await.unwrap();
    let asked = format!("/worklist?name={NAME}");
    for path in [&asked, &format!("/recordings/{recording}/transcript"), &path] {
        let _: serde_json::Value = browser.get(path).await;
    }
    programs.recorder_prints(&["list"]).await;
    (recording, refused)
}
