//! The chain from the microphone to the note, walked on both sides; and what nothing names any more.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use chrono::TimeDelta;
use medrecord_common::ids::RecordingId;
use medrecord_common::receipt::ReceiptKey;
use medrecord_recorder::outbox::{Account, RETENTION};
use medrecord_recorder::recorder::{AudioChain, ReceiptChain, Recorder, RecorderConfig};
use medrecord_recorder::vault::KeyFile;
use medrecord_server::integrity::{Fault, Finding};
use sqlx::PgPool;
use tokio::process::Command;

use crate::support::clinic::Clinic;
use crate::support::openai::OpenAi;
use crate::support::programs::{Programs, within};
use crate::support::speech;

/// Objects of a recording, by their segments' numbers.
fn objects(clinic: &Clinic, id: RecordingId) -> Vec<PathBuf> {
    objects_in(&clinic.app.audio_dir(), id)
}

fn objects_in(audio_dir: &Path, id: RecordingId) -> Vec<PathBuf> {
    let folder = audio_dir.join(id.to_string());
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort_by_key(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.split('-').next().unwrap().parse::<u32>().unwrap()
    });
    files
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn what_was_recorded_sent_and_signed_for_is_sound_on_both_sides(pool: PgPool) {
    let clinic = Clinic::open(pool).await;
    clinic.enrol(&clinic.okafor).await;
    let sent = clinic.import();
    clinic.pass().await;
    clinic.app.app.run_due_jobs().await;
    let unsent = clinic.import();

    let chains = clinic.recorder.verify().unwrap();
    let found: Vec<_> =
        chains.iter().map(|one| (one.recording, one.audio, one.receipt.clone())).collect();
    let expected = [
        (unsent, AudioChain::Whole, ReceiptChain::None),
        (sent, AudioChain::Whole, ReceiptChain::Valid),
    ];
    assert_eq!(found, expected);
    assert!(chains.iter().all(|one| one.is_sound()));

    let there = clinic.app.app.verify().await.unwrap();
    assert_eq!(there.findings, []);
    let segments = clinic.count("select count(*) from segment").await as u64;
    assert_eq!((there.recordings, there.segments, there.receipts), (1, segments, 1));

    let later = chrono::Utc::now() + RETENTION + TimeDelta::days(1);
    clinic.recorder.outbox().release(Some(clinic.okafor.id), None, later).unwrap();
    let released = &clinic.recorder.verify().unwrap()[1];
    assert_eq!((released.audio, &released.receipt), (AudioChain::Released, &ReceiptChain::Valid));
    assert!(released.is_sound());
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn whatever_is_missing_or_changed_is_named(pool: PgPool) {
    let clinic = Clinic::open(pool.clone()).await;
    clinic.enrol(&clinic.okafor).await;
    let ids: Vec<_> = std::iter::repeat_with(|| clinic.import()).take(5).collect();
    let [objects_gone, key_gone, row_gone, manifest_changed, receipt_changed] = ids[..] else {
        panic!("five")
    };
    clinic.pass().await;
    clinic.app.app.run_due_jobs().await;

    let files = objects(&clinic, objects_gone);
    std::fs::remove_file(&files[0]).unwrap();
    let mut bytes = std::fs::read(&files[1]).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&files[1], bytes).unwrap();
    let key: uuid::Uuid =
        sqlx::query_scalar("select key_id from recording_key where recording_id = $1")
            .bind(key_gone.0)
            .fetch_one(&pool)
            .await
            .unwrap();
    std::fs::remove_file(clinic.app.keys_dir().join(format!("keys/{key}"))).unwrap();
    for (sql, id) in [
        ("delete from job where recording_id = $1", row_gone),
        ("delete from segment_text where recording_id = $1 and seq = 0", row_gone),
        ("delete from segment where recording_id = $1 and seq = 0", row_gone),
        ("update recording set manifest = manifest || E'\\n' where id = $1", manifest_changed),
        (
            "update recording set receipt = (select receipt from recording where id <> $1 limit 1)
             where id = $1",
            receipt_changed,
        ),
    ] {
        sqlx::query(sql).bind(id.0).execute(&pool).await.unwrap();
    }

    let found = clinic.app.app.verify().await.unwrap().findings;
    let faults = |id: RecordingId| -> Vec<_> {
        let of = |finding: &Finding| match finding {
            Finding::Recording(recording, fault) if *recording == id => Some(fault.clone()),
            _ => None,
        };
        found.iter().filter_map(of).collect()
    };
    assert_eq!(faults(objects_gone), [Fault::ObjectMissing(0), Fault::ObjectDamaged(1)]);
    assert_eq!(faults(key_gone), [Fault::KeyMissing]);
    assert_eq!(faults(row_gone), [Fault::OtherManifest, Fault::WrongReceipt]);
    assert_eq!(faults(manifest_changed), [Fault::OtherManifest, Fault::WrongReceipt]);
    assert_eq!(faults(receipt_changed), [Fault::WrongReceipt]);
    let notes = found.iter().filter(|one| matches!(one, Finding::NoteWithoutSegment(_))).count();
    assert_eq!(notes, 1, "the note of the recording whose row is gone: {found:?}");
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn an_object_that_nothing_names_goes_after_a_month_and_no_other_does(pool: PgPool) {
    let clinic = Clinic::open(pool).await;
    clinic.enrol(&clinic.okafor).await;
    let id = clinic.import();
    clinic.pass().await;
    let before = objects(&clinic, id);
    // As a request leaves it that was killed before its row was committed.
    let orphan = before[0].with_file_name(format!("7-{}", "ab".repeat(32)));
    std::fs::copy(&before[0], &orphan).unwrap();

    let age = chrono::Utc::now() - clinic.app.clock.now();
    clinic.app.clock.advance(age + TimeDelta::days(29));
    assert_eq!(clinic.app.app.sweep_orphans().await.unwrap(), 0);
    clinic.app.clock.advance(TimeDelta::days(2));
    assert_eq!(clinic.app.app.sweep_orphans().await.unwrap(), 1);
    assert!(!orphan.exists());
    assert_eq!(objects(&clinic, id), before);
    clinic.assert_equal(&clinic.okafor, id).await;
}

/// How a program ended, and what it said: results, then the trouble.
async fn said(program: &mut Command) -> (Option<i32>, String, String) {
    let output = within(program.stderr(Stdio::piped()).env("RUST_LOG", "off").output()).await;
    let output = output.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn the_programs_say_what_is_whole_and_name_what_is_broken(pool: PgPool) {
    let openai = OpenAi::start(usize::MAX, |seq| format!("This is part {seq}.")).await;
    let programs = Programs::new(&pool, &openai.url).await;
    let server = programs.serve().await;
    programs.enrol(&server).await;
    let wav = speech::write_wav(&programs.path("speech.wav"), 1);
    programs.recorder_prints(&["import", wav.to_str().unwrap()]).await;
    programs.recorder_prints(&["sync", "--until-done"]).await;
    let id = sqlx::query_scalar("select id from recording").fetch_one(&pool).await.unwrap();
    let id = RecordingId(id);
    let objects = objects_in(&programs.path("audio"), id);

    let (code, here, trouble) = said(programs.recorder().arg("verify")).await;
    assert_eq!((code, trouble.as_str()), (Some(0), ""));
    let whole =
        here.starts_with(&id.to_string()) && here.ends_with("  audio whole, receipt valid\n");
    assert!(whole, "{here}");
    let (code, there, trouble) = said(programs.server().args(["audit", "verify"])).await;
    assert_eq!((code, trouble.as_str()), (Some(0), ""));
    let sound = format!(
        "1 recordings, {} segments and 1 receipts: all is as it was received.\n",
        objects.len()
    );
    assert_eq!(there, sound);

    let mut bytes = std::fs::read(&objects[0]).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&objects[0], bytes).unwrap();
    std::fs::remove_file(&objects[1]).unwrap();
    let (code, there, trouble) = said(programs.server().args(["audit", "verify"])).await;
    assert_eq!(code, Some(1));
    let named = format!(
        "recording {id}: segment 0 is not what was received\nrecording {id}: segment 1 has no object\n"
    );
    assert_eq!(there, named);
    assert!(trouble.starts_with("2 findings in 1 recordings. Nothing was changed."), "{trouble}");

    pin_another_key(&programs);
    let (code, here, trouble) = said(programs.recorder().arg("verify")).await;
    assert_eq!(code, Some(1));
    let wrong = "receipt WRONG: it is signed with another key than the one pinned at enrolment\n";
    assert!(here.starts_with(&id.to_string()) && here.ends_with(wrong), "{here}");
    let named =
        "error: 1 of 1 recordings are not what was recorded or signed for. Nothing was changed.";
    assert!(trouble.starts_with(named), "{trouble}");
    let (_, json, _) = said(programs.recorder().args(["verify", "--json"])).await;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["recording"], id.to_string());
    assert_eq!(
        (&json[0]["audio"], json[0]["receipt"]["wrong"].is_string()),
        (&"whole".into(), true)
    );
}

/// As if the receipts of this workstation came from some other server.
fn pin_another_key(programs: &Programs) {
    let secrets = Arc::new(KeyFile::new(programs.path("outbox.key")));
    let data_dir = programs.path("workstation");
    let recorder = Recorder::open(RecorderConfig { data_dir, secrets, key_file: true }).unwrap();
    let account = recorder.outbox().current_account().unwrap().unwrap();
    let receipt_key = ReceiptKey { kid: "another".to_owned(), ..account.receipt_key };
    recorder.outbox().enrol(&Account { receipt_key, ..account }).unwrap();
}
