//! The real recorder against the real server: whatever the line does, everything arrives once.

use std::num::NonZeroU32;

use chrono::Utc;
use medrecord_common::ids::PatientId;
use medrecord_common::patient::Patient;
use medrecord_common::recording::{Recording, Stage};
use medrecord_common::workstation::{Connection, LocalState};
use medrecord_recorder::audio::{Pace, open_file};
use medrecord_recorder::outbox::{Account, RecordingState};
use medrecord_recorder::sync::{Pass, SyncError};
use medrecord_server::Config;
use sqlx::PgPool;

use crate::support::app::PASSWORD;
use crate::support::clinic::Clinic;

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn enrolment_seals_the_outbox_key_to_the_recovery_key_of_the_server(pool: PgPool) {
    let recovery = age::x25519::Identity::generate();
    let clinic = Clinic::open_with(pool, Some(recovery.to_public().to_string())).await;
    let sealed = clinic.folder.path().join("workstation/outbox.key.age");
    assert!(!sealed.exists());
    clinic.enrol(&clinic.okafor).await;
    let hex = age::decrypt(&recovery, &std::fs::read(&sealed).unwrap()).unwrap();
    assert_eq!(hex.len(), 64);
    let warnings = clinic.recorder.state().warnings;
    assert!(warnings.iter().all(|warning| warning.code != "no_second_key"), "{warnings:?}");
}

/// Whoever runs a server can make it answer any clinician's id.
#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn another_server_gets_nobodys_recordings_unless_they_ask_for_it_themselves(pool: PgPool) {
    let clinic = Clinic::open(pool).await;
    clinic.enrol(&clinic.okafor).await;
    let outbox = clinic.recorder.outbox();
    let home = Account {
        server: "https://home.example".to_owned(),
        ..outbox.current_account().unwrap().unwrap()
    };
    outbox.enrol(&home).unwrap();
    clinic.recorder.set_pin(&"2468".into()).unwrap();
    clinic.recorder.lock().unwrap();

    let (url, email) = (&clinic.line.url, &clinic.okafor.email);
    let refused = clinic.recorder.enrol(url, email, PASSWORD.into(), "Room 4").await.unwrap_err();
    assert_eq!(refused.code(), "other_server");
    assert!(clinic.recorder.is_locked());
    assert_eq!(outbox.current_account().unwrap(), Some(home));

    // The PIN is still there too; whoever knows it may move.
    clinic.recorder.unlock(clinic.okafor.id, &"2468".into(), Utc::now()).unwrap();
    clinic.enrol(&clinic.okafor).await;
    assert_eq!(&outbox.current_account().unwrap().unwrap().server, url);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn recorded_before_enrolment_online_and_offline_everything_arrives_once(pool: PgPool) {
    let clinic = Clinic::open(pool).await;
    let before = clinic.import();
    clinic.enrol(&clinic.okafor).await;
    let online = clinic.import();
    clinic.pass().await;
    clinic.line.cut();
    let offline = clinic.import();
    let error = clinic.recorder.sync().pass().await.unwrap_err();
    assert!(matches!(error, SyncError::Unreachable(_)), "{error}");
    let state = clinic.recorder.state();
    assert_eq!(state.connection, Connection::Offline);
    let states: Vec<_> = state.today.iter().map(|row| (row.id, row.state)).collect();
    let expected =
        [(offline, LocalState::Waiting), (online, LocalState::Sent), (before, LocalState::Sent)];
    assert_eq!(states, expected);
    let warning = &state.warnings[0];
    assert_eq!(warning.code, "offline");
    let safe = "Offline. Everything is kept on this computer and is sent later by itself; 1 recording waits. ";
    assert!(warning.text.starts_with(safe), "{}", warning.text);

    clinic.line.mend();
    clinic.pass().await;
    clinic.app.app.run_due_jobs().await;
    let pass = clinic.pass().await;

    assert_eq!((pass.segments, pass.notes), (0, 3), "only the notes were left to fetch");
    assert_eq!(clinic.count("select count(*) from recording").await, 3);
    assert_eq!(clinic.count("select count(*) from segment").await, clinic.segments());
    for id in [before, online, offline] {
        clinic.assert_equal(&clinic.okafor, id).await;
        let stored = clinic.recorder.outbox().recording(id).unwrap();
        assert_eq!(stored.state, RecordingState::Acknowledged);
        let text = stored.note_text.unwrap();
        assert!(text.as_str().contains("sentence number 1"), "{}", text.as_str());
    }
    assert_eq!(clinic.recorder.state().connection, Connection::Online);
    assert_eq!(clinic.pass().await, Pass::default(), "nothing is left to do");
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn with_every_third_answer_lost_everything_arrives_once(pool: PgPool) {
    let clinic = Clinic::open(pool).await;
    clinic.enrol(&clinic.okafor).await;
    let id = clinic.import();
    let patient = Patient {
        id: PatientId::new(),
        name: "Hale".into(),
        mrn: None,
        birth_date: None,
        sex: None,
    };
    clinic.recorder.set_patient(id, patient.clone()).unwrap();
    clinic.line.lose_every_third_answer();
    let mut passes = 0;
    while clinic.recorder.outbox().recording(id).unwrap().receipt.is_none() {
        let _ = clinic.recorder.sync().pass().await;
        passes += 1;
        assert!(passes < 100, "it does not come to an end");
    }
    assert!(clinic.line.lost() >= 3, "{} answers were lost", clinic.line.lost());
    assert_eq!(clinic.count("select count(*) from recording").await, 1);
    assert_eq!(clinic.count("select count(*) from segment").await, clinic.segments());
    assert_eq!(clinic.count("select count(*) from change").await, 1);
    clinic.assert_equal(&clinic.okafor, id).await;
    let browser = clinic.app.browser(&clinic.okafor).await;
    let there: Recording = browser.get(&format!("/recordings/{id}")).await.json();
    assert_eq!(there.patient, Some(patient));
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_server_that_does_not_answer_is_asked_once_a_pass(pool: PgPool) {
    let clinic = Clinic::open(pool).await;
    let lund = clinic.app.add("lund").await;
    clinic.enrol(&clinic.okafor).await;
    clinic.import();
    clinic.import();
    clinic.enrol(&lund).await;
    clinic.import();
    clinic.line.cut();
    let _ = clinic.recorder.sync().pass().await;
    let before = clinic.line.in_vain();

    let error = clinic.recorder.sync().pass().await.unwrap_err();

    assert!(matches!(error, SyncError::Unreachable(_)), "{error}");
    assert_eq!(clinic.line.in_vain() - before, 1);
    clinic.line.mend();
    assert_eq!(clinic.pass().await.acknowledged, 3);
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn what_is_cut_has_its_text_before_stop(pool: PgPool) {
    let clinic = Clinic::open(pool).await;
    clinic.enrol(&clinic.okafor).await;
    let source = open_file(clinic.wav(), Pace::Times(20.0));
    let id = clinic.recorder.start_from(source, None).unwrap();
    let (_, mut progress) = clinic.recorder.progress().unwrap();
    progress.wait_for(|progress| progress.segments >= 3).await.unwrap();

    let pass = clinic.pass().await;
    clinic.app.app.run_due_jobs().await;

    assert!(pass.segments >= 3, "{pass:?}");
    let take = clinic.recorder.state().take.expect("it still records");
    assert!(take.on_server_ms >= 30_000, "{take:?}");
    assert!(take.on_server_ms <= take.on_disk_ms && take.on_disk_ms <= take.recorded_ms);
    let browser = clinic.app.browser(&clinic.okafor).await;
    let there: Recording = browser.get(&format!("/recordings/{id}")).await.json();
    assert_eq!(there.stage, Stage::Receiving);
    assert_eq!(there.transcribed, there.segments, "only what is not cut yet is outstanding");
    clinic.recorder.stop().unwrap();
    clinic.pass().await;
    clinic.assert_equal(&clinic.okafor, id).await;
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_segment_that_the_server_lost_is_sent_again(pool: PgPool) {
    let clinic = Clinic::open(pool).await;
    clinic.enrol(&clinic.okafor).await;
    let source = open_file(clinic.wav(), Pace::Times(20.0));
    let id = clinic.recorder.start_from(source, None).unwrap();
    let (_, mut progress) = clinic.recorder.progress().unwrap();
    progress.wait_for(|progress| progress.segments >= 2).await.unwrap();
    clinic.pass().await;
    sqlx::query("delete from segment where seq = 1").execute(&clinic.app.app.pool).await.unwrap();
    clinic.recorder.stop().unwrap();

    let pass = clinic.pass().await;

    assert_eq!(pass.acknowledged, 1);
    assert_eq!(clinic.count("select count(*) from segment").await, clinic.segments());
    clinic.assert_equal(&clinic.okafor, id).await;
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_patient_named_after_the_receipt_reaches_the_server(pool: PgPool) {
    let clinic = Clinic::open(pool).await;
    clinic.enrol(&clinic.okafor).await;
    let id = clinic.import();
    assert_eq!(clinic.pass().await.acknowledged, 1);
    let mori = Patient {
        id: PatientId::new(),
        name: "Mori".into(),
        mrn: Some("004512".into()),
        birth_date: None,
        sex: None,
    };
    clinic.recorder.set_patient(id, mori.clone()).unwrap();
    clinic.pass().await;
    let browser = clinic.app.browser(&clinic.okafor).await;
    let there: Recording = browser.get(&format!("/recordings/{id}")).await.json();
    assert_eq!(there.patient, Some(mori));
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn each_clinician_of_a_workstation_sends_and_sees_their_own(pool: PgPool) {
    let clinic = Clinic::open(pool).await;
    let lund = clinic.app.add("lund").await;
    clinic.enrol(&clinic.okafor).await;
    let okafors = clinic.import();
    clinic.enrol(&lund).await;
    let lunds = clinic.import();
    assert_eq!(clinic.pass().await.acknowledged, 2, "also of who is not at the screen");
    let today: Vec<_> = clinic.recorder.state().today.iter().map(|row| row.id).collect();
    assert_eq!(today, [lunds]);
    assert_eq!(clinic.recorder.retry(okafors).unwrap_err().code(), "unknown_recording");
    clinic.assert_equal(&clinic.okafor, okafors).await;
    clinic.assert_equal(&lund, lunds).await;
    assert_eq!(clinic.count("select count(*) from device").await, 1, "one workstation");
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn after_a_revocation_recording_goes_on_and_sync_waits_for_the_clinician(pool: PgPool) {
    let clinic = Clinic::open(pool).await;
    clinic.enrol(&clinic.okafor).await;
    clinic.pass().await;
    sqlx::query("update credential set revoked_at = now()")
        .execute(&clinic.app.app.pool)
        .await
        .unwrap();
    clinic.app.clock.advance(chrono::TimeDelta::seconds(5));
    let id = clinic.import();

    let error = clinic.recorder.sync().pass().await.unwrap_err();

    assert_eq!(error.code(), "sign_in_needed");
    let state = clinic.recorder.state();
    assert_eq!(state.connection, Connection::SignInNeeded);
    assert_eq!(state.warnings[0].code, "sign_in_needed");
    assert_eq!(
        state.warnings[0].text,
        "Your recordings are kept on this computer and recording goes on. Your sign-in here has ended: sign in again \
         to send them."
    );
    assert_eq!(state.today[0].state, LocalState::Waiting, "it is not wedged");
    clinic.enrol(&clinic.okafor).await;
    assert_eq!(clinic.pass().await.acknowledged, 1);
    clinic.assert_equal(&clinic.okafor, id).await;
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_server_that_cannot_store_is_said_though_it_answers(pool: PgPool) {
    let clinic = Clinic::open(pool).await;
    clinic.enrol(&clinic.okafor).await;
    let id = clinic.import();
    // As on a disk that is full: no object can be written.
    let audio = &clinic.app.audio_dir();
    let aside = audio.with_extension("aside");
    std::fs::rename(audio, &aside).unwrap();
    std::fs::write(audio, "").unwrap();

    assert_eq!(clinic.pass().await.postponed, 1);

    let standing = || clinic.recorder.sync().standings().borrow()[&clinic.okafor.id].clone();
    let why = "The server has a fault (500). If that lasts for more than an hour, tell support.";
    assert_eq!(standing().connection, Connection::Online);
    assert_eq!(standing().trouble.unwrap().text, why);
    std::fs::remove_file(audio).unwrap();
    std::fs::rename(&aside, audio).unwrap();
    assert_eq!(clinic.pass().await.acknowledged, 1);
    assert_eq!(standing().trouble, None);
    clinic.assert_equal(&clinic.okafor, id).await;
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_recording_that_is_refused_waits_alone_and_can_be_tried_again(pool: PgPool) {
    let clinic = Clinic::open(pool).await;
    clinic.enrol(&clinic.okafor).await;
    let (refused, fine) = (clinic.import(), clinic.import());
    let browser = clinic.app.device(&clinic.okafor).await;
    // Its id is taken by another recording.
    let other = crate::support::client::dictation();
    browser.put(&format!("/recordings/{refused}"), &other).await;
    sqlx::query("update recording set clinician_id = $1")
        .bind(clinic.app.add("lund").await.id.0)
        .execute(&clinic.app.app.pool)
        .await
        .unwrap();

    let pass = clinic.pass().await;

    assert_eq!((pass.acknowledged, pass.wedged, pass.postponed), (1, 1, 0), "{pass:?}");
    let states: Vec<_> =
        clinic.recorder.state().today.iter().map(|row| (row.id, row.state)).collect();
    assert_eq!(states, [(fine, LocalState::Sent), (refused, LocalState::Wedged)]);
    let state = clinic.recorder.state();
    assert_eq!(state.warnings[0].code, "recording_wedged");
    let why = state.today[1].reason.as_deref().unwrap();
    assert!(
        why.starts_with("This recording could not be sent and is kept on this computer."),
        "{why}"
    );
    sqlx::query("update recording set clinician_id = $1")
        .bind(clinic.okafor.id.0)
        .execute(&clinic.app.app.pool)
        .await
        .unwrap();
    clinic.recorder.retry(refused).unwrap();
    assert_eq!(clinic.pass().await.acknowledged, 1);
    clinic.assert_equal(&clinic.okafor, refused).await;
}

/// One workstation may ask ten times a second (nginx), and what it asks is to be sending before all.
#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn of_many_notes_that_are_not_ready_few_are_asked_after_at_a_time_and_all_in_the_end(
    pool: PgPool,
) {
    // There is no time between the passes here.
    let often = |config: &mut Config| config.limits.requests_per_second = NonZeroU32::MAX;
    let clinic = Clinic::open_as(pool, often).await;
    clinic.enrol(&clinic.okafor).await;
    for _ in 0..12 {
        clinic.import();
    }
    assert_eq!(clinic.pass().await.acknowledged, 12);
    let asked = async || clinic.app.audited("read_recording").await;
    let whom =
        "select count(distinct recording_id) from audit_event where action = 'read_recording'";
    let before = asked().await;
    for passes in 1..=100 {
        clinic.pass().await;
        assert_eq!(asked().await - before, 4 * passes);
    }
    // Chance would have to choose another one in all hundred passes.
    let always = "select count(*) from (select recording_id from audit_event
        where action = 'read_recording' group by recording_id having count(*) >= 100) as asked
        where recording_id in (select id from recording order by started_at desc, id limit 2)";
    assert_eq!(clinic.count(always).await, 2, "the latest in every pass");
    assert_eq!(clinic.count(whom).await, 12, "chance leaves one out once in 10⁸ runs");

    clinic.app.app.run_due_jobs().await;
    let mut notes = 0;
    while notes < 12 {
        let pass = clinic.pass().await;
        assert!(pass.notes >= 2, "{pass:?} after {notes}");
        notes += pass.notes;
    }
}
