//! What each release wrote, in the schema that it had, through an upgrade to this one and back.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use medrecord_common::audio::flac;
use medrecord_common::ids::{ClinicianId, RecordingId};
use medrecord_common::recording::{ChangeKind, Stage};
use medrecord_common::segment::Digest;
use rusqlite::Connection;
use rusqlite::types::Value;
use uuid::Uuid;

use crate::outbox::kept::{self, Why};
use crate::outbox::link::connect;
use crate::outbox::tests::{now, ramp};
use crate::outbox::upgrade::version;
use crate::outbox::{
    DatabaseKey, MIGRATIONS, Outbox, OutboxError, RecordingState, migrate_to, rows,
};
use crate::testing::{new_recording, patient};

const CLINICIAN: ClinicianId = ClinicianId(Uuid::from_u128(1));
/// Cut off by a crash: 1.5 s in chunks.
const RUNNING: RecordingId = RecordingId(Uuid::from_u128(10));
/// Whole, and not sent.
const UNSENT: RecordingId = RecordingId(Uuid::from_u128(11));
/// The server has it; the audio is still here.
const SENT: RecordingId = RecordingId(Uuid::from_u128(12));
/// Its audio went.
const RELEASED: RecordingId = RecordingId(Uuid::from_u128(13));

/// Rows of a release, written when the step of the schema that it brought is done: the first, the second, …
const WRITTEN: [fn(&Connection); MIGRATIONS.len()] =
    [first, working, pin, epoch, |_: &Connection| ()];

struct Old {
    folder: tempfile::TempDir,
    key: DatabaseKey,
    schema: usize,
}

type Rows = BTreeMap<String, Vec<BTreeMap<String, String>>>;

impl Old {
    fn of(schema: usize) -> Self {
        let old = Self {
            folder: tempfile::tempdir().unwrap(),
            key: DatabaseKey::generate().unwrap(),
            schema,
        };
        let mut connection = old.connect(&old.path());
        for (step, write) in WRITTEN.iter().enumerate().take(schema) {
            migrate_to(&mut connection, step + 1).unwrap();
            write(&connection);
        }
        old
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("outbox.db")
    }

    fn connect(&self, path: &Path) -> Connection {
        connect(path, &self.key.to_hex()).unwrap()
    }

    fn upgrade(&self) -> Outbox {
        let outbox = Outbox::open_or_salvage(&self.path(), &self.key, now()).unwrap();
        assert!(outbox.salvaged().is_none());
        outbox
    }

    fn rows(&self) -> Rows {
        all_rows(&self.connect(&self.path()))
    }

    fn copy(&self) -> PathBuf {
        kept::path(&self.path(), Why::Schema(self.schema), now())
    }

    /// As the release of that schema opens a database.
    fn open_as_before(&self) -> Result<(), OutboxError> {
        migrate_to(&mut self.connect(&self.path()), self.schema)
    }
}

#[test]
fn what_every_earlier_release_wrote_is_there_after_the_upgrade() {
    for schema in 1..MIGRATIONS.len() {
        let old = Old::of(schema);
        let before = old.rows();
        let outbox = old.upgrade();
        is_read(&outbox, schema);
        drop(outbox);
        assert_eq!(version(&old.connect(&old.path())).unwrap(), MIGRATIONS.len());
        assert_eq!(as_before(&old.rows(), &before), without_moved(before), "schema {schema}");
    }
}

#[test]
fn the_copy_takes_every_earlier_release_back_to_where_it_was_and_the_upgrade_can_be_tried_again() {
    for schema in 1..MIGRATIONS.len() {
        let old = Old::of(schema);
        let before = old.rows();
        drop(old.upgrade());
        let upgraded = old.rows();
        let refused = old.open_as_before().unwrap_err();
        assert_eq!(refused.code(), "newer_version");
        assert_eq!(old.rows(), upgraded, "the earlier release leaves it as it is");

        fs::remove_file(old.path()).unwrap();
        fs::rename(old.copy(), old.path()).unwrap();
        old.open_as_before().unwrap();
        assert_eq!(old.rows(), before, "schema {schema}");
        is_read(&old.upgrade(), schema);
        assert_eq!(old.rows(), upgraded);
    }
}

/// This release's own view of it.
fn is_read(outbox: &Outbox, schema: usize) {
    let unfinished = outbox.unfinished().unwrap();
    assert_eq!(unfinished.len(), 1);
    assert_eq!((unfinished[0].id, &unfinished[0].pcm), (RUNNING, &ramp(0, 24_000)));
    for (id, state) in [
        (UNSENT, RecordingState::Finished),
        (SENT, RecordingState::Acknowledged),
        (RELEASED, RecordingState::Released),
    ] {
        let stored = outbox.recording(id).unwrap();
        assert_eq!((stored.owner, stored.state), (Some(CLINICIAN), state));
        assert_eq!(stored.discarded_at.is_some(), schema >= 2 && id == SENT);
    }
    assert_eq!(outbox.recording(UNSENT).unwrap().patient.unwrap().name.as_str(), "Hale");
    let segment = outbox.segment(UNSENT, 0).unwrap();
    assert_eq!(flac::decode(&segment.flac).unwrap(), ramp(7, 16_000), "to the sample");
    assert_eq!(outbox.original(UNSENT).unwrap().is_some(), schema >= 2);
    assert_eq!(outbox.cap_minutes().unwrap(), Some(60));
    let account = outbox.account(CLINICIAN).unwrap().unwrap();
    assert_eq!((account.name.as_str(), account.receipt_keys[0].kid.as_str()), ("Dr. Okafor", "k1"));
    assert_eq!(outbox.pin(CLINICIAN).unwrap().unwrap().hash.is_some(), schema >= 3);
}

fn first(connection: &Connection) {
    let sql = "INSERT INTO account (clinician, device, server, email, name, device_name, receipt_kid, receipt_x)
        VALUES (?1, ?1, 'https://medrecord.example', 'okafor@clinic.example', 'Dr. Okafor', 'Room 4', 'k1', 'x1')";
    connection.execute(sql, [CLINICIAN.0]).unwrap();
    let sql = "INSERT INTO recording (id, owner, started_at, body, patient, state, receipt, acknowledged_at, stage)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let (at, body) = (rows::time(now()), rows::json(&new_recording().create));
    for (id, state, receipt) in [
        (RUNNING, "recording", None),
        (UNSENT, "finished", None),
        (SENT, "acknowledged", Some("header.payload.signature")),
        (RELEASED, "released", Some("header.payload.signature")),
    ] {
        let (acknowledged, stage) =
            (receipt.map(|_| &at), receipt.map(|_| rows::json(&Stage::Ready)));
        let patient = rows::json(&patient("Hale"));
        let row = (id.0, CLINICIAN.0, &at, &body, patient, state, receipt, acknowledged, stage);
        connection.execute(sql, row).unwrap();
    }
    for start in [0, 8_000, 16_000] {
        let pcm = rows::pcm_bytes(&ramp(start, 8_000));
        let sql = "INSERT INTO chunk (recording, start, pcm) VALUES (?1, ?2, ?3)";
        connection.execute(sql, (RUNNING.0, start, pcm)).unwrap();
    }
    for (id, sent_at) in [(UNSENT, None), (SENT, Some(&at)), (RELEASED, Some(&at))] {
        let flac = flac::encode(&ramp(7, 16_000)).unwrap();
        let sql =
            "INSERT INTO segment (recording, seq, start, samples, speech, peak, sha256, sent_at)
            VALUES (?1, 0, 0, 16000, 12000, 900, ?2, ?3)";
        connection.execute(sql, (id.0, Digest::of(&flac).0, sent_at)).unwrap();
        if id != RELEASED {
            let sql = "INSERT INTO segment_audio (recording, seq, flac) VALUES (?1, 0, ?2)";
            connection.execute(sql, (id.0, flac)).unwrap();
        }
    }
    let marker = rows::json(&ChangeKind::Marker { sample: 8_000 });
    let sql = "INSERT INTO change (recording, number, at, body) VALUES (?1, 0, ?2, ?3)";
    connection.execute(sql, (UNSENT.0, &at, marker)).unwrap();
    let sql = "INSERT INTO setting (name, value) VALUES ('cap_minutes', '60'), ('account', ?1)";
    connection.execute(sql, [CLINICIAN.to_string()]).unwrap();
}

fn working(connection: &Connection) {
    let sql = "UPDATE recording SET discarded_at = ?2 WHERE id = ?1";
    connection.execute(sql, (SENT.0, rows::time(now()))).unwrap();
    let sql = "INSERT INTO original (recording, name, media_type, bytes)
        VALUES (?1, 'note.wav', 'audio/wav', x'52494646')";
    connection.execute(sql, [UNSENT.0]).unwrap();
}

fn pin(connection: &Connection) {
    let sql = "UPDATE account SET pin = '$argon2id$', pin_failures = 2, pin_failed_at = ?1";
    connection.execute(sql, [rows::time(now())]).unwrap();
}

fn epoch(connection: &Connection) {
    connection
        .execute("UPDATE recording SET epoch = ?1 WHERE id = ?2", (CLINICIAN.0, SENT.0))
        .unwrap();
}

/// Table by table, each row by its columns.
fn all_rows(connection: &Connection) -> Rows {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut statement = connection.prepare(sql).unwrap();
    let tables = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    tables
        .map(|table| table.unwrap())
        .map(|table| (table.clone(), rows_of(connection, &table)))
        .collect()
}

fn rows_of(connection: &Connection, table: &str) -> Vec<BTreeMap<String, String>> {
    let mut statement =
        connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
    let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let found = statement.query_map([], |row| {
        let cell = |at| row.get::<_, Value>(at).map(|value| format!("{value:?}"));
        columns.iter().enumerate().map(|(at, name)| Ok((name.clone(), cell(at)?))).collect()
    });
    found.unwrap().map(|row| row.unwrap()).collect()
}

/// Without the tables and columns that came later.
fn as_before(rows: &Rows, before: &Rows) -> Rows {
    let cut = |table: &String, old: &[BTreeMap<String, String>]| {
        let mut rows = rows[table].clone();
        for row in &mut rows {
            row.retain(|column, _| old.first().is_some_and(|old| old.contains_key(column)));
        }
        (table.clone(), rows)
    };
    before.iter().map(|(table, old)| cut(table, old)).collect()
}

/// Without the columns whose values the upgrade puts elsewhere; [`is_read`] finds them there.
fn without_moved(mut before: Rows) -> Rows {
    for row in before.get_mut("account").unwrap() {
        row.retain(|column, _| !column.starts_with("receipt_"));
    }
    before
}
