//! Keys and secrets are rotated, and nobody notices: nothing is lost, refused or sent twice, and nobody signs in again.

use std::path::Path;

use medrecord_common::auth::Tokens;
use medrecord_common::ids::RecordingId;
use medrecord_common::problem::ErrorCode;
use medrecord_common::workstation::LocalState;
use medrecord_recorder::recorder::ReceiptChain;
use medrecord_server::{MasterKeys, ReceiptSigner, Rewrapped};
use reqwest::StatusCode;
use serde_json::json;
use sqlx::PgPool;

use crate::support::app::TestApp;
use crate::support::client::{Answer, Client};
use crate::support::clinic::Clinic;
use crate::support::openai::OpenAi;
use crate::support::programs::{Programs, within};
use crate::support::speaker::spoken;
use crate::support::speech;

fn signer(lines: &[&String]) -> ReceiptSigner {
    let lines: String = lines.iter().map(|line| line.as_str()).collect();
    ReceiptSigner::parse(&lines).unwrap()
}

/// All recordings of this workstation have a receipt that is believed.
fn assert_receipts(clinic: &Clinic, expected: usize) {
    let chains = clinic.recorder.verify().unwrap();
    assert_eq!(chains.len(), expected);
    for one in &chains {
        assert_eq!(one.receipt, ReceiptChain::Valid, "{one:?}");
    }
}

fn pinned(clinic: &Clinic) -> usize {
    clinic.recorder.outbox().current_account().unwrap().unwrap().receipt_keys.len()
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_receipt_key_that_the_pinned_one_signed_for_is_believed_and_pinned(pool: PgPool) {
    let [first, second, third] = [(); 3].map(|()| ReceiptSigner::generate_text());
    let clinic = Clinic::open_as(pool, |config| config.receipt_key = signer(&[&first])).await;
    clinic.enrol(&clinic.okafor).await;
    clinic.import();
    assert_eq!(clinic.pass().await.acknowledged, 1);
    assert_eq!(pinned(&clinic), 1);

    // Two rotations later; two recordings at once, of which one asks.
    let clinic =
        clinic.restart(|config| config.receipt_key = signer(&[&first, &second, &third])).await;
    let after = [clinic.import(), clinic.import()];
    assert_eq!(clinic.pass().await.acknowledged, 2);
    assert_receipts(&clinic, 3);
    assert_eq!(pinned(&clinic), 3);
    for id in after {
        clinic.assert_equal(&clinic.okafor, id).await;
    }
    assert_eq!(clinic.app.app.verify().await.unwrap().findings, []);

    // The file of before is put back, and then another successor of the same key.
    let clinic = clinic.restart(|config| config.receipt_key = signer(&[&first])).await;
    clinic.import();
    assert_eq!(clinic.pass().await.acknowledged, 1);
    let fourth = ReceiptSigner::generate_text();
    let clinic = clinic.restart(|config| config.receipt_key = signer(&[&first, &fourth])).await;
    clinic.import();
    assert_eq!(clinic.pass().await.acknowledged, 1);
    assert_receipts(&clinic, 5);
    assert_eq!(clinic.count("select count(*) from credential").await, 1, "nobody signed in again");
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_receipt_key_that_nothing_leads_to_is_not_believed_and_someone_is_told(pool: PgPool) {
    let [first, other] = [(); 2].map(|()| ReceiptSigner::generate_text());
    let clinic = Clinic::open_as(pool, |config| config.receipt_key = signer(&[&first])).await;
    clinic.enrol(&clinic.okafor).await;
    let clinic = clinic.restart(|config| config.receipt_key = signer(&[&other])).await;
    let id = clinic.import();
    let state = |clinic: &Clinic| clinic.recorder.state().today[0].state;
    // It may be that another server of the same house has not heard of its key yet.
    for _ in 0..5 {
        let pass = clinic.pass().await;
        assert_eq!((pass.acknowledged, pass.postponed, pass.wedged), (0, 1, 0));
        assert_eq!(state(&clinic), LocalState::Waiting);
    }
    assert_eq!(clinic.pass().await.wedged, 1);
    assert_eq!(state(&clinic), LocalState::Wedged);
    let stored = clinic.recorder.outbox().recording(id).unwrap();
    assert!(stored.receipt.is_none());
    let why = stored.wedged.unwrap();
    assert!(why.contains("another server signed it"), "{why}");
    assert_eq!(pinned(&clinic), 1);

    // The file was put back together: the receipt that is there is a true one.
    let clinic = clinic.restart(|config| config.receipt_key = signer(&[&first, &other])).await;
    clinic.recorder.retry(id).unwrap();
    assert_eq!(clinic.pass().await.acknowledged, 1);
    assert_receipts(&clinic, 1);
}

/// Master keys of these numbers, each always the same.
fn master_keys(numbers: &[u8]) -> MasterKeys {
    let line = |number: &u8| format!("{number} {}\n", hex::encode([*number; 32]));
    MasterKeys::parse(&numbers.iter().map(line).collect::<String>()).unwrap()
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn when_the_data_keys_are_wrapped_anew_the_old_master_key_is_not_needed(pool: PgPool) {
    let clinic = Clinic::open_as(pool, |config| config.master_keys = master_keys(&[1])).await;
    clinic.enrol(&clinic.okafor).await;
    let mut ids = vec![clinic.import(), clinic.import()];
    clinic.pass().await;

    let clinic = clinic.restart(|config| config.master_keys = master_keys(&[1, 2])).await;
    ids.push(clinic.import());
    clinic.pass().await;
    for (anew, before) in [(2, 1), (0, 3)] {
        let expected = Rewrapped { anew, before, ..Rewrapped::default() };
        assert_eq!(clinic.app.app.rewrap_keys().await.unwrap(), expected);
    }

    let clinic = clinic.restart(|config| config.master_keys = master_keys(&[2])).await;
    for id in ids {
        clinic.assert_equal(&clinic.okafor, id).await;
    }
    assert_eq!(clinic.app.app.verify().await.unwrap().findings, []);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_data_key_that_does_not_open_is_named_and_left_and_the_others_are_wrapped(pool: PgPool) {
    let app = TestApp::start_with(pool, |config| config.master_keys = master_keys(&[1])).await;
    let device = app.device(&app.add("okafor").await).await;
    device.record(&[spoken(0)]).await;
    // A backup that is restored later may name its key again.
    let nameless = device.create().await;
    let sql = "delete from recording_key where recording_id = $1";
    sqlx::query(sql).bind(nameless.0).execute(&app.app.pool).await.unwrap();
    let (alien, broken) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
    let file = |id: uuid::Uuid| app.keys_dir().join(format!("keys/{id}"));
    let sealed_by_nobody = [b"MK1\0\0\0\x09".as_slice(), &[7; 60]].concat();
    std::fs::write(file(alien), &sealed_by_nobody).unwrap();
    std::fs::write(file(broken), "no key at all").unwrap();
    let files = [file(alien), file(broken)];

    let app = app.start_again(|config| config.master_keys = master_keys(&[1, 2])).await;
    let mut done = app.app.rewrap_keys().await.unwrap();
    done.faults.sort_unstable();
    assert_eq!((done.anew, done.before, done.destroyed), (2, 0, 0));
    let faults = [
        (alien, "master key 9 is missing".to_owned()),
        (broken, "the data key is not wrapped".to_owned()),
    ];
    assert_eq!(done.faults, faults);
    assert_eq!(std::fs::read(&files[0]).unwrap(), sealed_by_nobody);
    assert_eq!(std::fs::read(&files[1]).unwrap(), b"no key at all");
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_data_key_that_is_destroyed_while_it_is_wrapped_anew_stays_destroyed(pool: PgPool) {
    let app =
        TestApp::start_with(pool.clone(), |config| config.master_keys = master_keys(&[1])).await;
    let id = app.device(&app.add("okafor").await).await.record(&[spoken(0)]).await;
    let app = app.start_again(|config| config.master_keys = master_keys(&[1, 2])).await;
    let key = key_of(&pool, id).await;
    let object = app.keys_dir().join(format!("keys/{key}"));

    // As a purge does: the row, then the object. The row is not committed yet when the key's turn comes.
    let mut purge = pool.begin().await.unwrap();
    sqlx::query("update recording_key set destroyed_at = now() where recording_id = $1")
        .bind(id.0)
        .execute(&mut *purge)
        .await
        .unwrap();
    let wrapping = tokio::spawn({
        let app = app.app.clone();
        async move { app.rewrap_keys().await }
    });
    within(until_something_waits(&pool)).await;
    purge.commit().await.unwrap();
    std::fs::remove_file(&object).unwrap();

    let done = within(wrapping).await.unwrap().unwrap();
    assert_eq!(done, Rewrapped { destroyed: 1, ..Rewrapped::default() });
    assert!(!object.exists());
}

async fn key_of(pool: &PgPool, id: RecordingId) -> uuid::Uuid {
    let sql = "select key_id from recording_key where recording_id = $1";
    sqlx::query_scalar(sql).bind(id.0).fetch_one(pool).await.unwrap()
}

/// A statement of this database waits for another one's lock.
async fn until_something_waits(pool: &PgPool) {
    let sql = "select count(*) from pg_stat_activity
        where wait_event_type = 'Lock' and datname = current_database()";
    while sqlx::query_scalar::<_, i64>(sql).fetch_one(pool).await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
}

const NEW_SECRET: &str = "another secret of the tests, longer than it has to be";

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_new_jwt_secret_signs_nobody_out(pool: PgPool) {
    let clinic = Clinic::open(pool).await;
    clinic.enrol(&clinic.okafor).await;
    clinic.pass().await;
    let device = clinic.app.device(&clinic.okafor).await;
    let browser = clinic.app.browser(&clinic.okafor).await;
    let credentials = clinic.count("select count(*) from credential").await;

    let clinic = clinic
        .restart(|config| {
            let old = std::mem::replace(&mut config.jwt_secret, NEW_SECRET.into());
            config.jwt_secret_previous = Some(old);
        })
        .await;
    for client in [&device, &browser] {
        assert_eq!(me(&clinic, client).await.status, StatusCode::OK);
    }
    clinic.import();
    assert_eq!(clinic.pass().await.acknowledged, 1);

    // What the old one signed is over; what was issued since, and every refresh token, is not.
    let clinic = clinic.restart(|config| config.jwt_secret_previous = None).await;
    assert_eq!(me(&clinic, &device).await.fault(), (401, ErrorCode::Unauthenticated));
    assert_eq!(me(&clinic, &browser).await.status, StatusCode::OK);
    clinic.import();
    assert_eq!(clinic.pass().await.acknowledged, 1);
    assert_eq!(clinic.count("select count(*) from credential").await, credentials);
}

/// At the address that the server has now.
async fn me(clinic: &Clinic, client: &Client) -> Answer {
    client.at(&clinic.app.url).get("/me").await
}

/// As when the network delivers it twice, once before and once after.
#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_renewal_that_is_repeated_over_a_rotation_gets_the_same_successor(pool: PgPool) {
    let app = TestApp::start(pool).await;
    let okafor = app.add("okafor").await;
    let refresh_token = app.enrol(&okafor).await.tokens.refresh_token;
    let body = json!({ "refresh_token": refresh_token, "idempotency_key": "chosen by it" });
    let renew =
        async |app: &TestApp| -> Tokens { app.anyone().post("/auth/refresh", &body).await.json() };
    let before = renew(&app).await.refresh_token;
    let app = app
        .start_again(|config| {
            let old = std::mem::replace(&mut config.jwt_secret, NEW_SECRET.into());
            config.jwt_secret_previous = Some(old);
        })
        .await;
    assert_eq!(renew(&app).await.refresh_token, before);
    // The workstation goes on with it.
    let next = json!({ "refresh_token": before, "idempotency_key": "chosen anew" });
    assert_eq!(app.anyone().post("/auth/refresh", &next).await.status, StatusCode::OK);
}

/// The commands of docs/operations/keys.md, as they are typed.
#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn the_commands_that_rotate_keys_do_so_under_a_workstation_that_goes_on(pool: PgPool) {
    let openai = OpenAi::start(usize::MAX, |seq| format!("This is part {seq}.")).await;
    let programs = Programs::new(&pool, &openai.url).await;
    let server = programs.serve().await;
    programs.enrol(&server).await;
    record(&programs).await;

    let [receipt, master] = ["receipt_key", "master_keys"].map(|it| programs.path("keys").join(it));
    for (kind, file) in [("receipt", &receipt), ("master", &master)] {
        programs.server_prints(&["keys", "add", kind, file.to_str().unwrap()]).await;
    }
    server.kill().await;
    let server = programs.serve().await;
    record(&programs).await;
    let said = programs.server_prints(&["keys", "rewrap"]).await;
    assert!(said.starts_with("1 data keys were wrapped anew with master key 2, 1 were"), "{said}");
    assert!(said.contains("No longer needed here: master key 1."), "{said}");
    remove_first_line(&master);
    server.kill().await;
    let _server = programs.serve().await;
    record(&programs).await;

    let verified = programs.recorder_prints(&["verify"]).await;
    assert_eq!(verified.matches("audio whole, receipt valid").count(), 3, "{verified}");
    let audited = programs.server_prints(&["audit", "verify"]).await;
    assert!(audited.starts_with("3 recordings"), "{audited}");
    let said = programs.server_prints(&["keys", "rewrap"]).await;
    assert!(!said.contains("No longer needed"), "{said}");
}

async fn record(programs: &Programs) {
    let wav = programs.path("speech.wav");
    let wav = if wav.exists() { wav } else { speech::write_wav(&wav, 1) };
    programs.recorder_prints(&["import", wav.to_str().unwrap()]).await;
    programs.recorder_prints(&["sync", "--until-done"]).await;
}

fn remove_first_line(file: &Path) {
    let text = std::fs::read_to_string(file).unwrap();
    std::fs::write(file, text.split_once('\n').unwrap().1).unwrap();
}
