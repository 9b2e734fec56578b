//! A database as the first release made it, opened by this one.

mod every_schema;

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use medrecord_common::audio::flac;
use medrecord_common::ids::RecordingId;
use medrecord_common::segment::Digest;
use rusqlite::Connection;

use super::{BESIDE, copy};
use crate::outbox::kept::{self, Why};
use crate::outbox::link::connect;
use crate::outbox::tests::{now, ramp};
use crate::outbox::{DatabaseKey, Outbox, OutboxError, RETENTION, TRASH, migrate_to, rows};
use crate::testing::new_recording;

struct First {
    path: PathBuf,
    key: DatabaseKey,
    id: RecordingId,
    _folder: tempfile::TempDir,
}

impl First {
    /// Schema 1, with a finished recording of one second.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("outbox.db");
        let key = DatabaseKey::generate().unwrap();
        let mut connection = connect(&path, &key.to_hex()).unwrap();
        migrate_to(&mut connection, 1).unwrap();
        let new = new_recording();
        let sql =
            "INSERT INTO recording (id, started_at, body, state) VALUES (?1, ?2, ?3, 'finished')";
        let times = (new.id.0, rows::time(now()), rows::json(&new.create));
        connection.execute(sql, times).unwrap();
        let flac = flac::encode(&ramp(0, 16_000)).unwrap();
        let sql = "INSERT INTO segment (recording, seq, start, samples, speech, peak, sha256)
            VALUES (?1, 0, 0, 16000, 0, 0, ?2)";
        connection.execute(sql, (new.id.0, Digest::of(&flac).0)).unwrap();
        let sql = "INSERT INTO segment_audio (recording, seq, flac) VALUES (?1, 0, ?2)";
        connection.execute(sql, (new.id.0, flac)).unwrap();
        Self { path, key, id: new.id, _folder: folder }
    }

    fn open(&self, at: DateTime<Utc>) -> Result<Outbox, OutboxError> {
        Outbox::open_or_salvage(&self.path, &self.key, at)
    }

    fn connect(&self, path: &Path) -> Connection {
        connect(path, &self.key.to_hex()).unwrap()
    }

    fn version(&self, path: &Path) -> usize {
        super::version(&self.connect(path)).unwrap()
    }

    fn kept(&self) -> Vec<PathBuf> {
        kept::list(&self.path).unwrap().into_iter().map(|kept| kept.path).collect()
    }

    /// What the first release asks for.
    fn read_as_the_first_release(&self, path: &Path) {
        let sql = "SELECT length(flac) FROM recording JOIN segment_audio ON recording = id
            WHERE id = ?1 AND state = 'finished'";
        let bytes: i64 = self.connect(path).query_row(sql, [self.id.0], |row| row.get(0)).unwrap();
        assert!(bytes > 0);
    }
}

#[test]
fn nothing_is_copied_when_nothing_changes() {
    let first = First::new();
    drop(first.open(now()).unwrap());
    let copy = kept::path(&first.path, Why::Schema(1), now());
    assert_eq!(first.kept(), std::slice::from_ref(&copy));
    drop(first.open(now() + TimeDelta::hours(1)).unwrap());
    assert_eq!(first.kept(), [copy]);
}

#[test]
fn a_new_database_is_not_copied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox.db");
    Outbox::open(&path, &DatabaseKey::generate().unwrap()).unwrap();
    assert!(kept::list(&path).unwrap().is_empty());
}

#[test]
fn an_upgrade_that_fails_says_so_and_leaves_all_as_it_was() {
    let first = First::new();
    // In the way of a later step of the schema.
    first.connect(&first.path).execute_batch("CREATE TABLE original (other TEXT)").unwrap();
    for _ in 0..2 {
        let error = first.open(now()).err().unwrap();
        assert_eq!(error.code(), "not_upgraded");
        assert!(error.to_string().contains("Nothing was changed"), "{error}");
        assert_eq!(first.version(&first.path), 1);
        first.read_as_the_first_release(&first.path);
        assert_eq!(first.kept().len(), 1, "one copy, however often it is tried");
    }
    first.connect(&first.path).execute_batch("DROP TABLE original").unwrap();
    let outbox = first.open(now() + TimeDelta::hours(1)).unwrap();
    assert_eq!(outbox.segments(first.id).unwrap().len(), 1);
    let newest = kept::path(&first.path, Why::Schema(1), now() + TimeDelta::hours(1));
    assert_eq!(first.kept(), [newest]);
}

#[test]
fn without_room_for_the_copy_nothing_is_changed() {
    let first = First::new();
    let size = fs::metadata(&first.path).unwrap().len();
    let try_with = |free: u64| copy(&first.path, &first.key.to_hex(), 1, now(), |_| Ok(free));
    let error = try_with(size + BESIDE - (3 << 20)).unwrap_err();
    assert!(matches!(error, OutboxError::NoRoomToUpgrade { megabytes: 4 }), "{error}");
    assert!(first.kept().is_empty());
    assert_eq!(first.version(&first.path), 1);
    try_with(size + BESIDE).unwrap();
    assert_eq!(first.kept().len(), 1);
}

#[test]
fn a_copy_goes_after_seven_days_and_a_damaged_database_after_thirty() {
    let first = First::new();
    let outbox = first.open(now()).unwrap();
    let damaged = kept::path(&first.path, Why::Damaged, now());
    let mut log = damaged.clone().into_os_string();
    log.push("-wal");
    fs::write(&damaged, "damaged").unwrap();
    fs::write(&log, "its log").unwrap();
    let second = TimeDelta::seconds(1);
    let goes = |at| outbox.purge_kept_aside(at).unwrap();
    assert_eq!((goes(now() + RETENTION - second), goes(now() + RETENTION)), (0, 1));
    assert_eq!(first.kept(), [damaged]);
    assert_eq!(goes(now() + TRASH - second), 0);
    drop(outbox);
    drop(first.open(now() + TRASH).unwrap());
    assert!(first.kept().is_empty() && !Path::new(&log).exists(), "a start purges too");
}
