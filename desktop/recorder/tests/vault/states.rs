//! The keyring in each of its states while the real program starts: absent, locked, unlocked later,
//! locked after the start, and emptied.

use std::fs;

use serde_json::Value;

use crate::{Workstation, samples};

/// A workstation that recorded once and trusts its recovery key, with its keyring unlocked.
fn prepared() -> Workstation {
    let mut workstation = Workstation::new();
    workstation.session.start_bus();
    workstation.session.start_keyring(true);
    workstation.stdout(&["recovery-key", "accept", &workstation.public]);
    workstation
}

fn record(workstation: &Workstation, seconds: usize) -> (std::process::Output, Vec<i16>) {
    let (wav, pcm) = workstation.speech(seconds);
    (workstation.run(&["record", "--fast", "--wav", wav.to_str().unwrap()]), pcm)
}

fn sides(workstation: &Workstation) -> usize {
    let names = fs::read_dir(workstation.data()).unwrap();
    let names = names.map(|name| name.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with("side-") && name.ends_with(".db")).count()
}

/// The one recording there is, as the program exports it.
fn exported(workstation: &Workstation) -> Vec<i16> {
    let list: Vec<Value> = serde_json::from_str(&workstation.stdout(&["list", "--json"])).unwrap();
    assert_eq!(list.len(), 1, "{list:?}");
    let wav = workstation.session.path("exported.wav");
    workstation.stdout(&["export", list[0]["id"].as_str().unwrap(), wav.to_str().unwrap()]);
    samples(&wav)
}

#[test]
fn without_a_bus_and_without_a_recovery_key_the_program_says_why_it_cannot_record() {
    let workstation = Workstation::new();
    let (output, _) = record(&workstation, 2);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(said.contains("keyring") && said.contains("no recovery key"), "{said}");
    let left: Vec<_> =
        fs::read_dir(workstation.data()).unwrap().map(|name| name.unwrap()).collect();
    assert!(
        left.iter().all(|name| ["lock", "log"].map(Into::into).contains(&name.file_name())),
        "{left:?}"
    );
}

#[test]
fn without_a_bus_recording_goes_on_beside_and_the_recovery_key_opens_it() {
    let mut workstation = prepared();
    workstation.session.stop_keyring();
    workstation.session.stop_bus();
    let (output, pcm) = record(&workstation, 3);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("side outbox"), "{said}");
    assert_eq!(sides(&workstation), 1);
    let out = workstation.session.path("rescued");
    let rescued = workstation.rescue(&workstation.data(), &out);
    assert!(rescued.status.success(), "{}", String::from_utf8_lossy(&rescued.stderr));
    let id = String::from_utf8(output.stdout).unwrap().lines().next().unwrap().to_owned();
    assert_eq!(samples(&out.join(format!("{id}.wav"))), pcm);
}

#[test]
fn a_locked_keyring_that_is_unlocked_while_recording_gets_the_recording() {
    let mut workstation = prepared();
    workstation.session.stop_keyring();
    workstation.session.start_keyring(false);
    let (wav, pcm) = workstation.speech(9);
    let (mut child, _) = workstation.record_until(&wav, 1_000);
    assert_eq!(sides(&workstation), 1);
    workstation.session.stop_keyring();
    workstation.session.start_keyring(true);
    assert!(child.wait().unwrap().success());
    assert_eq!(sides(&workstation), 0, "merged, and then deleted");
    assert_eq!(exported(&workstation), pcm);
}

#[test]
fn a_keyring_that_is_locked_after_the_start_stops_nothing() {
    let mut workstation = prepared();
    let (wav, pcm) = workstation.speech(4);
    let (mut child, _) = workstation.record_until(&wav, 1_000);
    workstation.session.stop_keyring();
    workstation.session.start_keyring(false);
    assert!(child.wait().unwrap().success());
    assert_eq!(sides(&workstation), 0);
    workstation.session.stop_keyring();
    workstation.session.start_keyring(true);
    assert_eq!(exported(&workstation), pcm);
}

#[test]
fn the_recovery_key_puts_the_key_back_into_a_keyring_that_was_wiped() {
    let mut workstation = prepared();
    let (output, pcm) = record(&workstation, 3);
    assert!(output.status.success());
    workstation.session.wipe_keyring();
    workstation.session.start_keyring(true);
    assert!(!workstation.run(&["list"]).status.success());
    let recovery = workstation.recovery.to_str().unwrap().to_owned();
    workstation.stdout(&["recovery-key", "restore", &recovery]);
    assert_eq!(exported(&workstation), pcm);
}
