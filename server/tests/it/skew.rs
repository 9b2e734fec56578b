//! A desktop of another release than the server.

use medrecord_common::problem::ErrorCode;
use medrecord_common::workstation::{Connection, Severity};
use medrecord_recorder::recorder::UPDATE_REQUIRED;
use medrecord_recorder::sync::SyncError;
use medrecord_server::Config;
use sqlx::PgPool;
use sqlx::migrate::Migrate as _;

use crate::support::app::{PASSWORD, TestApp};
use crate::support::clinic::Clinic;
use crate::support::programs::Programs;

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_desktop_that_is_too_old_is_told_to_update_and_keeps_everything(pool: PgPool) {
    let clinic = Clinic::open(pool.clone()).await;
    clinic.enrol(&clinic.okafor).await;
    let id = clinic.import();
    // The server is upgraded.
    let before = clinic.app.app.config.clone();
    let newer = TestApp::start_with(pool, |config| {
        *config = Config { oldest_desktop: "99.0.0".parse().unwrap(), ..(*before).clone() };
    })
    .await;
    clinic.line.lead_to(&newer.url);
    let error = clinic.recorder.sync().pass().await.unwrap_err();
    assert!(matches!(error, SyncError::UpdateRequired), "{error}");
    let state = clinic.recorder.state();
    assert_eq!(state.connection, Connection::Offline);
    let said = &state.warnings[0];
    assert_eq!((said.severity, said.code.as_str()), (Severity::Warning, UPDATE_REQUIRED));
    let text = format!(
        "Not sending. Everything is kept on this computer; 1 recording waits. MedRecord {} on this computer is too old \
         for the server. Install the update, or ask support for it.",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(said.text, text);
    assert!(clinic.recorder.outbox().recording(id).unwrap().wedged.is_none());
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_desktop_that_is_too_old_is_told_so_when_it_enrols_and_nothing_is_signed_in(
    pool: PgPool,
) {
    let clinic = Clinic::open_as(pool, |config| {
        config.oldest_desktop = "99.0.0".parse().unwrap();
    })
    .await;
    let id = clinic.import();
    let (url, email) = (&clinic.line.url, &clinic.okafor.email);
    // A wrong password is not what it is told of: no other one would help.
    for password in [PASSWORD, "not the password"] {
        let refused =
            clinic.recorder.enrol(url, email, password.into(), "Room 4").await.unwrap_err();
        assert_eq!(refused.code(), "update_required");
        assert_eq!(
            refused.to_string(),
            format!(
                "MedRecord {} on this computer is too old for the server. Install the update, or ask support for it.",
                env!("CARGO_PKG_VERSION")
            )
        );
    }
    assert_eq!(clinic.count("select count(*) from device").await, 0);
    assert_eq!(clinic.recorder.state().connection, Connection::NotEnrolled);
    assert!(clinic.recorder.outbox().samples(id).unwrap() > 0);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn the_release_is_asked_of_desktops_and_of_nobody_else(pool: PgPool) {
    let app =
        TestApp::start_with(pool, |config| config.oldest_desktop = "1.4.0".parse().unwrap()).await;
    let device = app.device(&app.add("okafor").await).await;
    for (agent, allowed) in [
        ("medrecord-recorder/1.4.0", true),
        ("medrecord-recorder/1.10.0", true),
        ("medrecord-recorder/1.3.9", false),
        ("a monitor", true),
    ] {
        let answer = device.clone().with_header("user-agent", agent).get("/me").await;
        if allowed {
            assert_eq!(answer.status, 200, "{agent}");
        } else {
            assert_eq!(answer.fault(), (426, ErrorCode::UpdateRequired), "{agent}");
        }
    }
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_release_starts_on_the_schema_of_the_one_after_it(pool: PgPool) {
    sqlx::query(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (9999, 'of a later release', true, '', 0)",
    )
    .execute(&pool)
    .await
    .unwrap();
    let programs = Programs::new(&pool, "http://127.0.0.1:9").await;
    programs.server_prints(&["migrate"]).await;
    let server = programs.serve().await;
    let health = reqwest::get(format!("{}/api/health", server.url)).await.unwrap();
    assert_eq!(health.status(), 200);
}

/// Behind a pooler that lends sessions by the transaction it would be taken in one and given back in another.
#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_server_on_the_schema_of_its_release_takes_no_lock_of_a_session(pool: PgPool) {
    let mut other = pool.acquire().await.unwrap();
    other.lock().await.unwrap();
    let programs = Programs::new(&pool, "http://127.0.0.1:9").await;
    let server = programs.serve().await;
    let health = reqwest::get(format!("{}/api/health", server.url)).await.unwrap();
    assert_eq!(health.status(), 200);
    other.unlock().await.unwrap();
}
