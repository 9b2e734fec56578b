//! Workstations: who sees them, what they report, and that revoking one stops it at once and loses nothing.

use medrecord_common::device::Device;
use medrecord_common::ids::DeviceId;
use medrecord_common::page::Page;
use medrecord_common::problem::ErrorCode;
use medrecord_common::workstation::Connection;
use medrecord_recorder::outbox::RecordingState;
use medrecord_recorder::sync::SyncError;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::events::Stream;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::client::{Answer, Client};
use crate::support::clinic::Clinic;
use crate::support::speaker::spoken;

async fn devices(browser: &Client) -> Vec<Device> {
    browser.get("/devices").await.json::<Page<Device>>().items
}

async fn revoke(browser: &Client, id: DeviceId) -> Device {
    browser.post(&format!("/devices/{id}/revoke"), &json!({})).await.json()
}

async fn rename(browser: &Client, id: DeviceId, name: &str) -> Answer {
    let request = browser.request(Method::PATCH, &format!("/devices/{id}"));
    Answer::of(request.json(&json!({ "name": name }))).await
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_clinician_sees_their_own_workstations_and_an_admin_all(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let (okafor, lindqvist) = (app.add("okafor").await, app.add("lindqvist").await);
    let first = app.enrol(&okafor).await.device;
    let second = app.enrol(&lindqvist).await.device;
    let browser = app.browser(&okafor).await;
    let admin = app.browser(&app.add_admin("osei").await).await;

    let ids = |list: Vec<Device>| list.into_iter().map(|device| device.id).collect::<Vec<_>>();
    assert_eq!(ids(devices(&browser).await), [first]);
    assert_eq!(ids(devices(&admin).await), [second, first], "newest first");
    let next: Page<Device> = admin.get(&format!("/devices?cursor={second}")).await.json();
    assert_eq!(ids(next.items), [first]);

    assert_eq!(rename(&browser, second, "Mine").await.fault(), (404, ErrorCode::NotFound));
    assert_eq!(rename(&browser, first, " ").await.fault(), (422, ErrorCode::Invalid));
    let renamed: Device = rename(&admin, first, " Ward 2, left ").await.json();
    assert_eq!((renamed.name.as_str(), renamed.clinicians), ("Ward 2, left", vec![okafor.name]));
    assert_eq!(app.audited("rename_device").await, 1);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn revoking_ends_an_open_stream_and_an_upload_that_has_begun(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let enrolled = app.enrol(&okafor).await;
    let device = app.anyone().with_token(&enrolled.tokens.access_token);
    let id = device.create().await;
    let mut stream = Stream::open(&device, None).await;

    // The head of an upload; "go on" says that its credential was looked at and held.
    let segment = spoken(0);
    let request = device.segment_request(id, &segment).build().unwrap();
    let address = app.url.trim_start_matches("http://");
    let mut head = format!(
        "PUT {} HTTP/1.1\r\nhost: {address}\r\nexpect: 100-continue\r\nconnection: close\r\n\
         content-length: {}\r\n",
        request.url().path(),
        segment.flac.len()
    );
    for (name, value) in request.headers() {
        head += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    let mut upload = TcpStream::connect(address).await.unwrap();
    upload.write_all((head + "\r\n").as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    upload.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");

    let admin = app.browser(&app.add_admin("osei").await).await;
    let revoked = revoke(&admin, enrolled.device).await;
    assert!(revoked.revoked_at.is_some());
    upload.write_all(&segment.flac).await.unwrap();
    let mut answer = String::new();
    upload.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("device_revoked"), "{answer}");
    assert_eq!(stream.next().await, None, "the stream is over");
    assert_eq!(device.get("/me").await.fault(), (401, ErrorCode::DeviceRevoked));
    let stored: Value =
        app.device(&okafor).await.get(&format!("/recordings/{id}/segments")).await.json();
    assert_eq!(stored["ranges"], json!([]), "nothing of the upload was taken");
    assert_eq!(app.audited("revoke_device").await, 1);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_clinician_revokes_their_own_credential_and_no_one_elses(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let (okafor, lindqvist) = (app.add("okafor").await, app.add("lindqvist").await);
    let first = app.enrol(&okafor).await;
    let body = json!({ "email": lindqvist.email, "password": PASSWORD, "device_name": "Room 4",
        "platform": "linux", "version": "0.1.0", "device": first.device });
    let second: medrecord_common::auth::Enrolled =
        app.anyone().post("/devices", &body).await.json();
    let browser = app.browser(&okafor).await;

    let seen = revoke(&browser, first.device).await;
    assert_eq!((seen.revoked_at.is_some(), seen.clinicians), (true, vec![okafor.name.clone()]));
    let of = |token: &str| app.anyone().with_token(token);
    let answer = of(&first.tokens.access_token).get("/me").await;
    assert_eq!(answer.fault(), (401, ErrorCode::DeviceRevoked));
    let answer = of(&second.tokens.access_token).get("/me").await;
    assert_eq!(answer.status, StatusCode::OK, "the other clinician goes on");
    let admin = app.browser(&app.add_admin("osei").await).await;
    let seen = devices(&admin).await.remove(0);
    assert_eq!((seen.revoked_at, seen.clinicians), (None, vec![lindqvist.name]));
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_revoked_workstation_keeps_what_is_unsent_and_sends_it_after_signing_in(pool: PgPool) {
    let clinic = Clinic::open(pool).await;
    clinic.enrol(&clinic.okafor).await;
    let before = clinic.import();
    clinic.pass().await;
    let admin = clinic.app.browser(&clinic.app.add_admin("osei").await).await;
    let device = devices(&admin).await.remove(0).id;
    revoke(&admin, device).await;

    let after = clinic.import();
    let error = clinic.recorder.sync().pass().await.unwrap_err();
    assert!(matches!(error, SyncError::SignInNeeded), "{error}");
    assert_eq!(clinic.recorder.state().connection, Connection::SignInNeeded);
    let kept = clinic.recorder.outbox().recording(after).unwrap();
    assert_eq!(kept.state, RecordingState::Finished, "recording goes on, and waits");

    clinic.enrol(&clinic.okafor).await;
    clinic.pass().await;
    for id in [before, after] {
        clinic.assert_equal(&clinic.okafor, id).await;
    }
    let seen = devices(&admin).await;
    assert_eq!(seen.len(), 1, "it is the same workstation as before");
    assert_eq!((seen[0].id, seen[0].revoked_at), (device, None));
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_workstation_tells_numbers_of_what_waits_on_it(pool: PgPool) {
    let clinic = Clinic::open(pool).await;
    clinic.enrol(&clinic.okafor).await;
    clinic.pass().await;
    let browser = clinic.app.browser(&clinic.okafor).await;
    let seen = devices(&browser).await.remove(0);
    assert_eq!(seen.version, env!("CARGO_PKG_VERSION"));
    let report = seen.report.expect("it told");
    assert_eq!((report.waiting, report.wedged, report.oldest_waiting_at), (0, 0, None));

    // The real recorder tells of a recording that the server refused.
    let id = clinic.import();
    clinic.recorder.outbox().set_wedged(id, Some("refused")).unwrap();
    clinic.pass().await;
    let report = devices(&browser).await.remove(0).report.unwrap();
    assert_eq!((report.waiting, report.wedged), (0, 1));

    let device = clinic.app.device(&clinic.okafor).await;
    let tell = |body: Value| {
        let device = device.clone();
        async move { device.put("/devices/self/report", &body).await }
    };
    let whole = json!({ "version": "9.9.9", "waiting": 2, "oldest_waiting_s": 90, "wedged": 0,
        "clock_skew_s": -7 });
    assert_eq!(tell(whole.clone()).await.status, StatusCode::NO_CONTENT);
    let seen = devices(&browser).await.remove(0);
    let report = seen.report.unwrap();
    assert_eq!((seen.version.as_str(), report.clock_skew_s), ("9.9.9", -7));
    let oldest = report.oldest_waiting_at.unwrap();
    assert_eq!((report.at - oldest).num_seconds(), 90, "an age, by the server's clock");

    for (field, value) in [("version", json!("Hale, Robert")), ("oldest_waiting_s", json!(null))] {
        let mut body = whole.clone();
        body[field] = value;
        assert_eq!(tell(body).await.fault(), (422, ErrorCode::Invalid), "{field}");
    }
}
