//! Whose is it: every route, asked by another clinician and by another clinician's workstation.

use medrecord_common::device::Device;
use medrecord_common::ids::{DeviceId, NoteId, RecordingId};
use medrecord_common::page::Page;
use medrecord_common::problem::ErrorCode;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::app::TestApp;
use crate::support::client::{Answer, Client, dictation};
use crate::support::speaker::spoken;

/// What is someone else's.
#[derive(Clone, Copy)]
struct Objects {
    recording: RecordingId,
    note: NoteId,
    device: DeviceId,
}

/// What someone else gets from a route.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stranger {
    /// 404, as if there were nothing.
    Nothing,
    /// Only what is their own.
    Own,
    /// No credential is asked for.
    Public,
}
use Stranger::{Nothing, Own, Public};

/// Every route of the API. A route that is missing here fails the test.
const ROUTES: &[(&str, &str, Stranger)] = &[
    ("get", "/api/health", Public),
    ("get", "/api/live", Public),
    ("post", "/api/v1/sign-in", Public),
    ("post", "/api/v1/devices", Public),
    ("post", "/api/v1/auth/refresh", Public),
    ("get", "/api/v1/receipt-keys", Own),
    ("get", "/api/v1/devices", Own),
    ("put", "/api/v1/devices/self/report", Own),
    ("patch", "/api/v1/devices/{id}", Nothing),
    ("post", "/api/v1/devices/{id}/revoke", Nothing),
    ("post", "/api/v1/sign-out", Own),
    ("get", "/api/v1/me", Own),
    ("get", "/api/v1/recordings", Own),
    ("get", "/api/v1/worklist", Own),
    ("get", "/api/v1/events", Own),
    ("put", "/api/v1/recordings/{id}", Nothing),
    ("get", "/api/v1/recordings/{id}", Nothing),
    ("post", "/api/v1/recordings/{id}/changes", Nothing),
    ("put", "/api/v1/recordings/{id}/segments/{seq}", Nothing),
    ("get", "/api/v1/recordings/{id}/segments", Nothing),
    ("post", "/api/v1/recordings/{id}/complete", Nothing),
    ("post", "/api/v1/recordings/{id}/retry", Nothing),
    ("get", "/api/v1/recordings/{id}/audio", Nothing),
    ("get", "/api/v1/recordings/{id}/transcript", Nothing),
    ("get", "/api/v1/recordings/{id}/note", Nothing),
    ("get", "/api/v1/notes/{id}", Nothing),
    ("put", "/api/v1/notes/{id}", Nothing),
    ("post", "/api/v1/notes/{id}/draft", Nothing),
    ("post", "/api/v1/notes/{id}/sign", Nothing),
];

/// Routes that take a browser only; a workstation is told to sign in.
fn needs_browser(method: &str, path: &str) -> bool {
    path == "/api/v1/sign-out"
        || path.starts_with("/api/v1/devices/{id}")
        || path.ends_with("/retry")
        || (path.contains("/notes/") && method != "get")
}

/// Routes that take a workstation only.
fn needs_device(method: &str, path: &str) -> bool {
    path.contains("/recordings/") && method != "get" && !needs_browser(method, path)
}

fn body(path: &str) -> Value {
    match path {
        "/api/v1/recordings/{id}" => dictation(),
        "/api/v1/recordings/{id}/changes" => {
            json!([{ "number": 0, "at": "2026-08-03T09:00:01Z", "change": "discard" }])
        }
        "/api/v1/recordings/{id}/complete" => json!({ "manifest": "", "changes": 0 }),
        "/api/v1/devices/{id}" => json!({ "name": "Mine now" }),
        "/api/v1/notes/{id}" => json!({ "sections": [] }),
        "/api/v1/notes/{id}/sign" => json!({ "password": crate::support::app::PASSWORD }),
        _ => json!({}),
    }
}

#[test]
fn every_route_is_in_the_table() {
    let document = serde_json::to_value(medrecord_server::openapi()).unwrap();
    let mut served = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        served.extend(methods.as_object().unwrap().keys().map(|method| (method.as_str(), &**path)));
    }
    let mut listed: Vec<_> = ROUTES.iter().map(|(method, path, _)| (*method, *path)).collect();
    served.sort_unstable();
    listed.sort_unstable();
    assert_eq!(listed, served);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn what_is_someone_elses_is_not_there(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let (okafor, lindqvist) = (app.add("okafor").await, app.add("lindqvist").await);
    let enrolled = app.enrol(&okafor).await;
    let owner = app.anyone().with_token(&enrolled.tokens.access_token);
    let id = owner.record(&[spoken(0)]).await;
    app.app.run_due_jobs().await;
    let note = owner.note_of(id).await;
    let objects = Objects { recording: id, note: note.id, device: enrolled.device };

    let strangers = [app.browser(&lindqvist).await, app.device(&lindqvist).await];
    for (method, path, stranger) in ROUTES {
        for (index, client) in strangers.iter().enumerate() {
            let is_browser = index == 0;
            let kept_out =
                if is_browser { needs_device(method, path) } else { needs_browser(method, path) };
            if *stranger != Nothing {
                continue;
            }
            let answer = ask(client, method, path, objects).await;
            let expected = if kept_out {
                (401, ErrorCode::Unauthenticated)
            } else {
                (404, ErrorCode::NotFound)
            };
            assert_eq!(answer.fault(), expected, "{method} {path}, browser: {is_browser}");
        }
    }
    let theirs: Page<Device> = strangers[0].get("/devices").await.json();
    assert!(theirs.items.iter().all(|device| device.id != enrolled.device));
    for path in ["/recordings", "/worklist"] {
        for client in &strangers {
            let page: Value = client.get(path).await.json();
            assert_eq!(page["items"], json!([]), "{path}");
        }
    }
    let unchanged = owner.note_of(id).await;
    assert_eq!(unchanged, note, "nothing of all this did anything");
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn without_a_credential_there_is_nothing_to_see(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let enrolled = app.enrol(&okafor).await;
    let owner = app.anyone().with_token(&enrolled.tokens.access_token);
    let recording = owner.record(&[spoken(0)]).await;
    app.app.run_due_jobs().await;
    let note = owner.note_of(recording).await.id;
    let objects = Objects { recording, note, device: enrolled.device };
    let nobody = app.anyone().with_header("sec-fetch-site", "same-origin");
    for (method, path, stranger) in ROUTES {
        if *stranger != Public {
            let answer = ask(&nobody, method, path, objects).await;
            assert_eq!(answer.fault(), (401, ErrorCode::Unauthenticated), "{method} {path}");
        }
    }
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn the_openapi_document_is_served_as_it_is_generated(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let answer = app.anyone().get("/openapi.json").await;
    assert_eq!(answer.status, StatusCode::OK);
    let document: Value = answer.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(document, serde_json::to_value(medrecord_server::openapi()).unwrap());
}

async fn ask(client: &Client, method: &str, path: &str, objects: Objects) -> Answer {
    if path.ends_with("/segments/{seq}") {
        return client.send(objects.recording, &spoken(0)).await;
    }
    let object = match path.split('/').nth(3) {
        Some("notes") => objects.note.to_string(),
        Some("devices") => objects.device.to_string(),
        _ => objects.recording.to_string(),
    };
    let address = path.replace("{id}", &object).replace("/api/v1", "");
    let method: Method = method.to_uppercase().parse().unwrap();
    let request = client.request(method.clone(), &address).header("if-match", "\"1\"");
    let request = if method == Method::GET { request } else { request.json(&body(path)) };
    Answer::of(request).await
}
