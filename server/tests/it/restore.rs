//! A backup is restored under running workstations: what it lacks comes back by itself, what cannot is named.

use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{TimeDelta, Utc};
use medrecord_common::auth::Clinician;
use medrecord_common::ids::RecordingId;
use medrecord_common::recording::{Recording, Stage};
use medrecord_common::workstation::LocalState;
use medrecord_recorder::outbox::{RETENTION, RecordingState};
use medrecord_recorder::sync::Pass;
use sqlx::PgPool;

use crate::support::clinic::Clinic;

/// A backup of database and audio; the keys are mirrored apart, and never taken back (design §7).
struct Backup {
    dump: PathBuf,
    audio: PathBuf,
}

impl Backup {
    fn take(clinic: &Clinic) -> Self {
        let folder = clinic.folder.path();
        let backup = Self { dump: folder.join("backup.sql"), audio: folder.join("backup") };
        run(postgres("pg_dump", clinic).arg("--file").arg(&backup.dump));
        copy(&clinic.app.audio_dir(), &backup.audio);
        backup
    }

    fn restore(&self, clinic: &Clinic) {
        let all = "drop schema public cascade; create schema public";
        run(postgres("psql", clinic).args(["--quiet", "--command", all]));
        let strict = ["--quiet", "--set", "ON_ERROR_STOP=1", "--file"];
        run(postgres("psql", clinic).args(strict).arg(&self.dump));
        let audio = &clinic.app.audio_dir();
        std::fs::remove_dir_all(audio).unwrap();
        copy(&self.audio, audio);
    }
}

/// A program of PostgreSQL's, told where the clinic's database is.
fn postgres(program: &str, clinic: &Clinic) -> Command {
    let options = clinic.app.app.pool.connect_options();
    let host = options.get_socket().map_or_else(|| options.get_host().into(), Clone::clone);
    let mut command = Command::new(program);
    command
        .env("PGHOST", host)
        .env("PGPORT", options.get_port().to_string())
        .env("PGUSER", options.get_username())
        .env("PGDATABASE", options.get_database().unwrap());
    command
}

fn copy(from: &Path, to: &Path) {
    run(Command::new("cp").arg("--recursive").arg(from).arg(to));
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

async fn on_server(clinic: &Clinic, clinician: &Clinician, id: RecordingId) -> Recording {
    let browser = clinic.app.browser(clinician).await;
    browser.get(&format!("/recordings/{id}")).await.json()
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn after_a_restore_everything_within_retention_comes_back_and_the_rest_is_named(
    pool: PgPool,
) {
    let clinic = Clinic::open(pool).await;
    let app = &clinic.app.app;
    app.look_at_epoch().await.unwrap();
    let lund = clinic.app.add("lund").await;
    clinic.enrol(&lund).await;
    let object_lost = clinic.import();
    clinic.enrol(&clinic.okafor).await;
    let whole = clinic.import();
    clinic.pass().await;
    app.run_due_jobs().await;
    assert_eq!(clinic.pass().await.notes, 2);
    let backup = Backup::take(&clinic);
    app.look_at_epoch().await.unwrap();

    // The day after the backup: sent, confirmed, heard, drafted; tokens are renewed; one is old enough to go.
    let gone = clinic.import();
    assert_eq!(clinic.pass().await.acknowledged, 1);
    let outbox = clinic.recorder.outbox();
    let owner = Some(clinic.okafor.id);
    let mut released = outbox.release(owner, None, Utc::now() + RETENTION).unwrap();
    released.sort_unstable();
    assert_eq!(released, [whole, gone]);
    clinic.app.clock.advance(TimeDelta::minutes(11));
    let after = [clinic.import(), clinic.import()];
    assert_eq!(clinic.pass().await.acknowledged, 2);
    app.run_due_jobs().await;
    assert_eq!(clinic.pass().await.notes, 3);
    let notes = after.map(|id| outbox.recording(id).unwrap().note.unwrap());

    backup.restore(&clinic);
    let objects = clinic.app.audio_dir().join(object_lost.to_string());
    std::fs::remove_dir_all(objects).unwrap();
    clinic.app.clock.advance(TimeDelta::minutes(11));
    app.look_at_epoch().await.unwrap();
    let pass = clinic.pass().await;

    assert_eq!((pass.acknowledged, pass.wedged, pass.postponed), (2, 1, 0), "{pass:?}");
    for id in after {
        clinic.assert_equal(&clinic.okafor, id).await;
        assert_eq!(outbox.recording(id).unwrap().state, RecordingState::Acknowledged);
    }
    clinic.assert_equal(&lund, object_lost).await;
    assert!(on_server(&clinic, &clinic.okafor, whole).await.stage == Stage::Ready);
    let named = outbox.recording(gone).unwrap().wedged.unwrap();
    assert!(named.starts_with("The server lost this recording"), "{named}");
    let state = clinic.recorder.state();
    let row = state.today.iter().find(|row| row.id == gone).unwrap();
    assert_eq!(
        (row.state, row.has_audio, row.reason.as_ref()),
        (LocalState::Wedged, false, Some(&named))
    );
    let line = state.warnings.iter().find(|warning| warning.code == "recording_lost").unwrap();
    assert!(
        line.text.starts_with("The server lost 1 recording that is no longer"),
        "{}",
        line.text
    );

    app.run_due_jobs().await;
    assert_eq!(clinic.pass().await.notes, 2, "drafted and fetched again");
    for (id, before) in after.into_iter().zip(notes) {
        let stored = outbox.recording(id).unwrap();
        assert_ne!(stored.note, Some(before));
        assert!(stored.note_text.unwrap().as_str().contains("sentence number 1"));
    }
    assert_eq!(clinic.pass().await, Pass::default(), "nothing is left to do");
}

/// `medrecord-recorder sync` is such a program. What it asks first is after notes, of receipts that no longer hold.
#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_program_that_is_started_after_the_restore_sends_everything_again(pool: PgPool) {
    let clinic = Clinic::open(pool).await;
    let app = &clinic.app.app;
    app.look_at_epoch().await.unwrap();
    clinic.enrol(&clinic.okafor).await;
    let backup = Backup::take(&clinic);
    app.look_at_epoch().await.unwrap();
    clinic.app.clock.advance(TimeDelta::hours(1));
    let after = [clinic.import(), clinic.import(), clinic.import()];
    assert_eq!(clinic.pass_anew().await.acknowledged, 3);

    backup.restore(&clinic);
    clinic.app.clock.advance(TimeDelta::hours(1));
    app.look_at_epoch().await.unwrap();
    let pass = clinic.pass_anew().await;

    assert_eq!((pass.acknowledged, pass.wedged), (3, 0), "{pass:?}");
    for id in after {
        clinic.assert_equal(&clinic.okafor, id).await;
    }
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_server_that_is_started_again_keeps_its_epoch(pool: PgPool) {
    let clinic = Clinic::open(pool).await;
    clinic.enrol(&clinic.okafor).await;
    let epoch = async || -> String {
        clinic.app.app.look_at_epoch().await.unwrap();
        let device = clinic.app.device(&clinic.okafor).await;
        device.get("/me").await.headers["medrecord-epoch"].to_str().unwrap().to_owned()
    };
    let first = epoch().await;
    assert_eq!(epoch().await, first);
    sqlx::query("update epoch set beat = beat - 1").execute(&clinic.app.app.pool).await.unwrap();
    assert_ne!(epoch().await, first, "the database went back");
}
