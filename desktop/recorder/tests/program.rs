//! The headless program itself: whatever happens around it, the recording is kept whole.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_medrecord-recorder");

/// Half seconds of sound that is never the same; 8,000 samples each.
fn sound(half_seconds: std::ops::Range<i64>) -> Vec<i16> {
    let samples = half_seconds.start * 8_000..half_seconds.end * 8_000;
    samples.map(|n| (n * n / 7 % 20_011 - 10_005) as i16).collect()
}

fn speak(to: &mut ChildStdin, samples: &[i16]) {
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    to.write_all(&bytes).unwrap();
}

/// What a terminal starts: no signal is ignored, whatever started this test ignores.
const IN_TERMINAL: [&str; 2] = ["env", "--default-signal=HUP,INT,TERM"];
const BY_NOHUP: [&str; 1] = ["nohup"];

fn recorder(folder: &Path, starter: &[&str]) -> Command {
    let mut command = Command::new(starter[0]);
    command.args(&starter[1..]).arg(PROGRAM);
    command.arg("--data").arg(folder).arg("--key-file").arg(folder.join("key"));
    command
}

fn record(folder: &Path, starter: &[&str], output: impl Into<Stdio>) -> (Child, ChildStdin) {
    let mut command = recorder(folder, starter);
    command.args(["record", "--stdin"]).stdin(Stdio::piped()).stdout(output);
    let mut child = command.spawn().unwrap();
    let stdin = child.stdin.take().unwrap();
    (child, stdin)
}

/// The program's lines up to the one that says how much is on disk.
fn read_until(lines: &mut impl std::io::BufRead, on_disk_ms: u64) {
    let wanted = format!("on disk {on_disk_ms}");
    lines.lines().map(Result::unwrap).find(|line| *line == wanted).expect("all of it is on disk");
}

fn signal(name: &str, child: &Child) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
}

fn run(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = recorder(folder, &IN_TERMINAL).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// One recording, stopped and not recovered, of exactly these samples.
fn assert_kept(folder: &Path, expected: &[i16]) {
    let listed: Vec<Value> = serde_json::from_slice(&run(folder, &["list", "--json"])).unwrap();
    let [recording] = &listed[..] else { panic!("{} recordings", listed.len()) };
    assert_eq!(recording["recovered"], false, "it was stopped, not found after a crash");
    let out = folder.join("out.wav");
    run(folder, &["export", recording["id"].as_str().unwrap(), out.to_str().unwrap()]);
    let samples: Result<Vec<i16>, _> =
        hound::WavReader::open(out).unwrap().into_samples().collect();
    assert!(samples.unwrap() == expected, "what was spoken is what is kept");
}

fn a_signal_stops_it_and_keeps_everything(name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (mut child, mut stdin) = record(folder.path(), &IN_TERMINAL, Stdio::piped());
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    speak(&mut stdin, &sound(0..3));
    read_until(&mut lines, 1_500);
    signal(name, &child);
    assert!(child.wait().unwrap().success(), "{name} is an order to stop, not a failure");
    assert_kept(folder.path(), &sound(0..3));
}

#[test]
fn ctrl_c_stops_the_recording_and_keeps_all_of_it() {
    a_signal_stops_it_and_keeps_everything("INT");
}

#[test]
fn the_end_of_the_session_stops_the_recording_and_keeps_all_of_it() {
    a_signal_stops_it_and_keeps_everything("TERM");
}

#[test]
fn a_closed_terminal_stops_the_recording_and_keeps_all_of_it() {
    a_signal_stops_it_and_keeps_everything("HUP");
}

#[test]
fn started_by_nohup_it_records_on_when_the_terminal_closes() {
    let folder = tempfile::tempdir().unwrap();
    let (mut child, mut stdin) = record(folder.path(), &BY_NOHUP, Stdio::piped());
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    speak(&mut stdin, &sound(0..1));
    read_until(&mut lines, 500);
    signal("HUP", &child);
    speak(&mut stdin, &sound(1..3));
    read_until(&mut lines, 1_500);
    drop(stdin);
    assert!(child.wait().unwrap().success());
    assert_kept(folder.path(), &sound(0..3));
}

#[test]
fn it_records_on_when_nobody_reads_its_output_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = recorder(folder.path(), &IN_TERMINAL);
    // What is logged goes to a reader that is gone too.
    command.args(["record", "--stdin"]).env("RUST_LOG", "trace").stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    speak(&mut stdin, &sound(0..1));
    read_until(&mut lines, 500);
    drop(lines);
    drop(child.stderr.take());
    speak(&mut stdin, &sound(1..70));
    drop(stdin);
    assert!(child.wait().unwrap().success());
    assert_kept(folder.path(), &sound(0..70));
}

fn recorded(folder: &Path, half_seconds: std::ops::Range<i64>) {
    let (mut child, mut stdin) = record(folder, &IN_TERMINAL, Stdio::null());
    speak(&mut stdin, &sound(half_seconds));
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

/// A byte of the latest recording's audio is turned over, as a failing disk or memory does.
fn damage_the_latest(folder: &Path) -> Vec<u8> {
    let keys = std::fs::read(folder.join("key")).unwrap();
    let keys: Value = serde_json::from_slice(&keys).unwrap();
    let database = rusqlite::Connection::open(folder.join("outbox.db")).unwrap();
    let key = format!("x'{}'", keys["outbox-key"].as_str().unwrap());
    database.pragma_update(None, "key", key).unwrap();
    let latest = "SELECT id FROM recording ORDER BY started_at DESC LIMIT 1";
    let id: Vec<u8> = database.query_row(latest, [], |row| row.get(0)).unwrap();
    let sql = "SELECT flac FROM segment_audio WHERE recording = ?1 AND seq = 0";
    let mut flac: Vec<u8> = database.query_row(sql, [&id], |row| row.get(0)).unwrap();
    *flac.last_mut().unwrap() ^= 1;
    let sql = "UPDATE segment_audio SET flac = ?2 WHERE recording = ?1 AND seq = 0";
    assert_eq!(database.execute(sql, (&id, flac)).unwrap(), 1);
    id
}

#[test]
fn verify_says_what_is_whole_and_names_the_recording_that_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    recorded(folder.path(), 0..4);
    recorded(folder.path(), 4..8);
    let whole = String::from_utf8(run(folder.path(), &["verify"])).unwrap();
    assert_eq!(whole.matches("  audio whole, not on the server yet\n").count(), 2, "{whole}");
    let damaged = uuid::Uuid::from_slice(&damage_the_latest(folder.path())).unwrap();

    let output = recorder(folder.path(), &IN_TERMINAL).arg("verify").output().unwrap();

    assert_eq!(output.status.code(), Some(1));
    let named = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = named.lines().collect();
    assert_eq!(lines.len(), 2, "{named}");
    assert!(lines[0].starts_with(&damaged.to_string()), "{named}");
    assert!(lines[0].ends_with("  audio DAMAGED, not on the server yet"), "{named}");
    assert!(lines[1].ends_with("  audio whole, not on the server yet"), "{named}");
    let trouble = String::from_utf8(output.stderr).unwrap();
    let said =
        "error: 1 of 2 recordings are not what was recorded or signed for. Nothing was changed.";
    assert!(trouble.contains(said), "{trouble}");
}

/// As in a terminal that is held with Ctrl-S.
#[test]
#[cfg(target_os = "linux")]
fn output_that_is_held_keeps_no_recording_from_stopping() {
    /// Bytes that a pipe holds on Linux.
    const PIPE: usize = 65_536;
    let folder = tempfile::tempdir().unwrap();
    let (held, mut output) = std::io::pipe().unwrap();
    output.write_all(&[b'.'; PIPE]).unwrap();
    let (mut child, mut stdin) = record(folder.path(), &IN_TERMINAL, output);
    speak(&mut stdin, &sound(0..5));
    drop(stdin);
    assert!(child.wait().unwrap().success());
    assert_kept(folder.path(), &sound(0..5));
    drop(held);
}
