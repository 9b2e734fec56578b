use std::path::Path;

use chrono::Utc;
use medrecord_common::ids::{ClinicianId, DeviceId, RecordingId};
use medrecord_common::receipt::ReceiptKey;
use medrecord_common::recording::ChangeKind;

use super::{insert, rows_of};
use crate::capture::recover;
use crate::outbox::{Account, DatabaseKey, Outbox, OutboxError, RecordingState};
use crate::testing::new_recording;

fn outbox(folder: &Path, name: &str) -> Outbox {
    Outbox::open(&folder.join(name), &DatabaseKey::generate().unwrap()).unwrap()
}

fn recorded(outbox: &Outbox, level: i16) -> RecordingId {
    let new = new_recording();
    let id = new.id;
    outbox.begin(&new).unwrap();
    outbox.append_chunk(id, 0, &[level; 24_000]).unwrap();
    outbox.add_change(id, Utc::now(), ChangeKind::Marker { sample: 7 }).unwrap();
    id
}

fn finished(outbox: &Outbox, level: i16) -> RecordingId {
    let id = recorded(outbox, level);
    recover(outbox, id).unwrap();
    id
}

fn pcm(outbox: &Outbox, id: RecordingId) -> Vec<i16> {
    let mut pcm = Vec::new();
    let write = |piece: &[i16]| {
        pcm.extend_from_slice(piece);
        Ok::<(), OutboxError>(())
    };
    outbox.export_pcm(id, write).unwrap();
    pcm
}

fn account() -> Account {
    Account {
        clinician: ClinicianId::new(),
        device: DeviceId::new(),
        server: "https://example.org".to_owned(),
        email: "okafor@example.org".to_owned(),
        name: "Dr. Okafor".to_owned(),
        device_name: "Desk".to_owned(),
        receipt_keys: vec![ReceiptKey { kid: "k".to_owned(), x: "x".to_owned() }],
    }
}

#[test]
fn recordings_come_over_whole_and_a_second_time_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (outbox(folder.path(), "from.db"), outbox(folder.path(), "to.db"));
    let (old, new) = (account(), account());
    from.enrol(&old).unwrap();
    let (first, mine) = (finished(&from, 100), finished(&to, 5));
    from.enrol(&old).unwrap();
    to.enrol(&new).unwrap();
    assert_eq!(to.merge(&from).unwrap(), [first]);
    assert_eq!(pcm(&to, first), [100; 24_000]);
    assert_eq!(to.change_list(first).unwrap(), from.change_list(first).unwrap());
    assert_eq!(to.recording(first).unwrap().owner, Some(old.clinician), "the owner is kept");
    assert_eq!(to.recording(mine).unwrap().owner, Some(new.clinician));
    assert_eq!(to.current_account().unwrap(), Some(new), "who is signed in here stays");
    to.set_wedged(first, Some("changed here")).unwrap();
    assert!(to.merge(&from).unwrap().is_empty());
    assert_eq!(to.recording(first).unwrap().wedged.as_deref(), Some("changed here"));
}

#[test]
fn a_recording_under_way_moves_too_goes_on_and_gets_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let (side, main) = (outbox(folder.path(), "side.db"), outbox(folder.path(), "main.db"));
    let clinician = account();
    main.enrol(&clinician).unwrap();
    let (done, running) = (finished(&side, 3), recorded(&side, 4));
    let take = side.clone();
    side.move_into(main).unwrap();
    take.append_chunk(running, 24_000, &[9; 8_000]).unwrap();
    assert_eq!(side.current_account().unwrap().as_ref(), Some(&clinician));
    assert_eq!(pcm(&side, done), [3; 24_000]);
    assert_eq!(pcm(&side, running), [&[4_i16; 24_000][..], &[9; 8_000]].concat());
    let stored = side.recording(running).unwrap();
    assert_eq!(
        (stored.owner, stored.state),
        (Some(clinician.clinician), RecordingState::Recording)
    );
}

#[test]
fn an_attempt_that_failed_half_way_loses_nothing_of_what_was_recorded_since() {
    let folder = tempfile::tempdir().unwrap();
    let (side, main) = (outbox(folder.path(), "side.db"), outbox(folder.path(), "main.db"));
    let (done, running) = (finished(&side, 3), recorded(&side, 4));
    main.merge(&side).unwrap();
    let rows = side.read(|connection| rows_of(connection, running, &[])).unwrap();
    main.write(|transaction| insert(transaction, rows, None)).unwrap();
    // It failed here; recording goes on beside.
    side.append_chunk(running, 24_000, &[9; 8_000]).unwrap();
    side.add_change(done, Utc::now(), ChangeKind::Marker { sample: 8 }).unwrap();
    let changes = side.change_list(done).unwrap();
    side.move_into(main).unwrap();
    assert_eq!(pcm(&side, running), [&[4_i16; 24_000][..], &[9; 8_000]].concat());
    assert_eq!(side.change_list(done).unwrap(), changes);
    recover(&side, running).unwrap();
    assert_eq!(side.segments(running).unwrap().len(), 1);
}
