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
