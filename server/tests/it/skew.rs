//! A desktop of another release than the server.

use medrecord_common::problem::ErrorCode;
use medrecord_common::workstation::{Connection, Severity};
use medrecord_recorder::sync::SyncError;
use sqlx::PgPool;

use crate::support::app::TestApp;
use crate::support::clinic::Clinic;

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_desktop_that_is_too_old_is_told_to_update_and_keeps_everything(pool: PgPool) {
    let clinic = Clinic::open_as(pool, |config| {
        config.oldest_desktop = "99.0.0".parse().unwrap();
    })
    .await;
    clinic.enrol(&clinic.okafor).await;
    let id = clinic.import();
    let error = clinic.recorder.sync().pass().await.unwrap_err();
    assert!(matches!(error, SyncError::UpdateRequired), "{error}");
    let state = clinic.recorder.state();
    assert_eq!(state.connection, Connection::Offline);
    let said = &state.warnings[0];
    assert_eq!((said.severity, said.code.as_str()), (Severity::Warning, "offline"));
    let text = format!(
        "Not sending. Everything is kept on this computer; 1 recording waits. MedRecord {} on this computer is too old \
         for the server. Install the update, or ask support for it.",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(said.text, text);
    assert!(clinic.recorder.outbox().recording(id).unwrap().wedged.is_none());
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
