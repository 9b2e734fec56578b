//! The whole way: bytes of a device that is none, to a recording on disk.

use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::executor::block_on;
use medrecord_common::recording::ChangeKind;
use medrecord_common::workstation::{ControlMode, LocalState, TakeState};
use proptest::prelude::*;
use secrecy::SecretString;

use super::device::Kind;
use super::panel::Panel;
use super::reader::{self, Exchange, Line};
use super::{Event, led, model};
use crate::audio::{Pace, open_file};
use crate::outbox::tests::account;
use crate::recorder::tests::open;
use crate::recorder::{Recorder, RecorderError};
use crate::testing::tone;

/// A panel with a recorder that records from a file, and a control that is connected.
struct Bench {
    panel: Panel,
    recorder: Recorder,
    now: Instant,
    told: Arc<Mutex<Vec<String>>>,
    /// What the control is sent.
    written: Receiver<Vec<u8>>,
    id: u64,
    _folder: tempfile::TempDir,
}

impl Bench {
    fn new(kind: Kind, mode: ControlMode) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let recorder = open(folder.path(), &Arc::default()).unwrap();
        recorder.set_control_mode(mode).unwrap();
        let file = tone(folder.path(), 2);
        let start = move |recorder: &Recorder| {
            recorder.start_from(open_file(file.clone(), Pace::Times(0.1)), None)
        };
        Self::with(kind, recorder, folder, start)
    }

    fn with(
        kind: Kind,
        recorder: Recorder,
        folder: tempfile::TempDir,
        start: impl FnMut(&Recorder) -> Result<medrecord_common::ids::RecordingId, RecorderError>
        + Send
        + 'static,
    ) -> Self {
        let told = Arc::new(Mutex::new(Vec::new()));
        let codes = Arc::clone(&told);
        let tell = move |done: Result<(), RecorderError>| {
            if let Err(error) = done {
                codes.lock().unwrap().push(error.code().to_owned());
            }
        };
        let panel = Panel::new(recorder.clone(), Box::new(start), Box::new(tell));
        let now = Instant::now();
        let (_, written) = channel();
        let mut bench = Self { panel, recorder, now, told, written, id: 0, _folder: folder };
        bench.connect(kind);
        bench
    }

    fn connect(&mut self, kind: Kind) {
        let (write, written) = channel();
        self.id += 1;
        self.written = written;
        self.hear(Event::Connected { id: self.id, name: "Test pedal", kind, write });
    }

    fn hear(&mut self, event: Event) {
        self.panel.hear(event, self.now);
        self.panel.tick(self.now);
    }

    fn report(&mut self, bytes: &[u8]) {
        self.hear(Event::Report { id: self.id, bytes: bytes.to_vec() });
    }

    /// Down; a second later up, and another second.
    fn press(&mut self, down: &[u8], up: &[u8]) {
        self.report(down);
        self.pass(1_000);
        self.report(up);
        self.pass(1_000);
    }

    fn pass(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
        self.panel.tick(self.now);
    }

    fn unplug(&mut self) {
        self.hear(Event::Gone { id: self.id });
    }

    /// Until the recording under way says that it is so.
    fn becomes(&self, state: TakeState) {
        let (_, mut progress) = self.recorder.progress().expect("a recording is under way");
        block_on(progress.wait_for(|progress| progress.state == state)).unwrap();
    }

    fn warned(&self, code: &str) -> Option<String> {
        let warnings = self.recorder.state().warnings;
        warnings.into_iter().find(|warning| warning.code == code).map(|warning| warning.text)
    }

    fn finished(&self) -> usize {
        let recordings = self.recorder.recordings().unwrap();
        recordings.iter().filter(|row| row.state == LocalState::Waiting).count()
    }
}

const MIDDLE: &[u8] = &[2, 0];
const LEFT: &[u8] = &[1, 0];
const RIGHT: &[u8] = &[4, 0];
const UP: &[u8] = &[0, 0];

#[test]
fn a_pedal_as_a_toggle_records_pauses_goes_on_marks_and_stops() {
    let mut bench = Bench::new(Kind::Infinity, ControlMode::Toggle);
    assert_eq!(bench.recorder.state().controls, ["Test pedal"]);
    bench.press(MIDDLE, UP);
    bench.becomes(TakeState::Recording);
    let (id, progress) = bench.recorder.progress().unwrap();
    assert!(progress.borrow().on_disk_samples > 0, "recording means on disk");
    bench.press(LEFT, UP);
    bench.press(MIDDLE, UP);
    bench.becomes(TakeState::Paused);
    bench.press(MIDDLE, UP);
    bench.becomes(TakeState::Recording);
    bench.press(RIGHT, UP);
    assert!(bench.recorder.progress().is_none());
    assert_eq!(bench.finished(), 1);
    let changes = bench.recorder.outbox().change_list(id).unwrap();
    let has = |is: fn(&ChangeKind) -> bool| changes.iter().any(|change| is(&change.change.what));
    assert!(has(|kind| matches!(kind, ChangeKind::Marker { .. })));
    assert!(has(|kind| matches!(kind, ChangeKind::Pause { to: Some(_), .. })));
    // Nothing is under way: these keys mean nothing, and no error.
    bench.press(RIGHT, UP);
    bench.press(LEFT, UP);
    assert_eq!(bench.finished(), 1);
    assert!(bench.told.lock().unwrap().is_empty());
}

#[test]
fn a_pedal_that_is_held_makes_one_recording_of_all_that_is_said_with_the_foot_down() {
    let mut bench = Bench::new(Kind::FootControl, ControlMode::Hold);
    for _ in 0..3 {
        bench.report(&[2]);
        bench.becomes(TakeState::Recording);
        bench.pass(5_000);
        bench.report(&[0]);
        bench.pass(20);
        // The contact bounces: no pause yet.
        bench.report(&[2]);
        bench.report(&[0]);
        bench.pass(1_000);
        bench.becomes(TakeState::Paused);
    }
    assert_eq!(bench.recorder.recordings().unwrap().len(), 1);
    bench.press(&[4], &[0]);
    assert!(bench.recorder.progress().is_none());
    assert_eq!(bench.finished(), 1);
}

#[test]
fn two_quick_presses_pause_and_go_on_although_the_recording_lags() {
    let mut bench = Bench::new(Kind::Infinity, ControlMode::Toggle);
    bench.press(MIDDLE, UP);
    bench.becomes(TakeState::Recording);
    for _ in 0..2 {
        bench.report(MIDDLE);
        bench.pass(50);
        bench.report(UP);
        bench.pass(70);
    }
    let (id, _) = bench.recorder.progress().unwrap();
    bench.press(RIGHT, UP);
    let changes = bench.recorder.outbox().change_list(id).unwrap();
    let pauses =
        changes.iter().filter(|change| matches!(change.change.what, ChangeKind::Pause { .. }));
    assert_eq!(pauses.clone().count(), 1);
    assert!(
        pauses
            .clone()
            .all(|change| matches!(change.change.what, ChangeKind::Pause { to: Some(_), .. }))
    );
}

#[test]
fn a_pedal_that_is_pulled_out_while_held_stops_nothing_and_says_so() {
    let mut bench = Bench::new(Kind::Infinity, ControlMode::Hold);
    bench.report(MIDDLE);
    bench.becomes(TakeState::Recording);
    bench.unplug();
    bench.pass(60_000);
    assert!(bench.recorder.state().controls.is_empty());
    let text = bench.warned("control_lost").unwrap();
    assert!(text.starts_with("Recording goes on: Test pedal was unplugged"), "{text}");
    assert_eq!(bench.recorder.state().take.unwrap().state, TakeState::Recording);
    // Back, its keys are up: a press is a press.
    bench.connect(Kind::Infinity);
    bench.report(MIDDLE);
    bench.report(UP);
    bench.pass(1_000);
    bench.becomes(TakeState::Paused);
    assert_eq!(bench.warned("control_lost"), None);
    bench.press(RIGHT, UP);
    assert_eq!(bench.finished(), 1);
}

#[test]
fn behind_a_lock_a_pedal_records_and_stops_as_the_shortcut_does() {
    let mut bench = Bench::new(Kind::Infinity, ControlMode::Toggle);
    bench.recorder.outbox().enrol(&account()).unwrap();
    bench.recorder.set_pin(&SecretString::from("1234")).unwrap();
    bench.recorder.lock().unwrap();
    bench.press(MIDDLE, UP);
    bench.becomes(TakeState::Recording);
    bench.press(MIDDLE, UP);
    bench.becomes(TakeState::Paused);
    assert!(bench.recorder.state().locked && bench.recorder.state().today.is_empty());
    bench.press(RIGHT, UP);
    assert!(bench.recorder.progress().is_none());
    assert!(bench.recorder.is_locked(), "no key of a pedal opens the window");
    assert!(bench.told.lock().unwrap().is_empty());
}

#[test]
fn a_recording_that_cannot_begin_is_told_and_the_next_press_tries_again() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path(), &Arc::default()).unwrap();
    let missing = folder.path().join("no-microphone.wav");
    let start = move |recorder: &Recorder| {
        recorder.start_from(open_file(missing.clone(), Pace::AsFastAsPossible), None)
    };
    let mut bench = Bench::with(Kind::Infinity, recorder, folder, start);
    bench.press(MIDDLE, UP);
    bench.press(MIDDLE, UP);
    assert_eq!(bench.told.lock().unwrap().len(), 2);
    assert!(bench.recorder.recordings().unwrap().is_empty());
}

#[test]
fn a_control_that_may_not_be_read_is_a_quiet_line() {
    let mut bench = Bench::new(Kind::Infinity, ControlMode::Toggle);
    bench.hear(Event::Refused(vec!["Philips foot pedal cannot be used.".to_owned()]));
    assert_eq!(bench.warned("control_refused").unwrap(), "Philips foot pedal cannot be used.");
    bench.hear(Event::Refused(Vec::new()));
    assert_eq!(bench.warned("control_refused"), None);
}

fn keys(high: u8) -> Vec<u8> {
    vec![0x80, 0, 0, 0, 0, 0, 0, 0, high]
}

#[test]
fn the_lamp_of_a_speech_mike_is_red_while_words_are_on_disk() {
    let mut bench = Bench::new(Kind::SpeechMike, ControlMode::Toggle);
    let lamp = |record| vec![0, 2, 0, 0, 0, 0, 0, record, 0, 0];
    assert_eq!(bench.written.try_recv().unwrap(), model::ask());
    assert_eq!(bench.written.try_recv().unwrap(), lamp(0));
    bench.report(&keys(0x01));
    bench.becomes(TakeState::Recording);
    bench.pass(200);
    assert_eq!(bench.written.try_recv().unwrap(), lamp(12));
    bench.report(&keys(0));
    bench.press(&keys(0x04), &keys(0));
    bench.becomes(TakeState::Paused);
    bench.pass(200);
    assert_eq!(bench.written.try_recv().unwrap(), lamp(4));
    bench.press(&keys(0x02), &keys(0));
    assert_eq!(bench.written.try_recv().unwrap(), lamp(0));
    assert!(bench.written.try_recv().is_err(), "nothing is sent twice");
    assert_eq!(led::lamps(Kind::PowerMic3, Some(TakeState::Recording)), Some(vec![0, 1]));
    assert_eq!(led::lamps(Kind::PowerMic3, Some(TakeState::Starting)), Some(vec![0, 0]));
    assert_eq!(led::lamps(Kind::PowerMic4, Some(TakeState::Recording)), None);
}

#[test]
fn the_slider_of_a_speech_mike_is_held_by_nature_and_its_places_stop_nothing() {
    let mut bench = Bench::new(Kind::SpeechMike, ControlMode::Toggle);
    assert_eq!(bench.written.recv().unwrap(), model::ask());
    assert_eq!(bench.written.recv().unwrap()[1], 2, "its lamp");
    // As a SpeechMike Premium LFH 3510 answers.
    bench.report(&[0x83, 0, 0, 0, 1, 0, 50, 1, 149]);
    assert_eq!(bench.written.recv().unwrap()[..2], [0, 0x8B]);
    bench.report(&[0x8B, 0, 0, 0, 0, 0, 13, 182, 0]);
    // Slid to Record, to Stop, to Record, to Stop; then the key that ends a letter.
    for _ in 0..2 {
        bench.report(&keys(0x01));
        bench.becomes(TakeState::Recording);
        bench.report(&keys(0x02));
        bench.pass(1_000);
        bench.becomes(TakeState::Paused);
    }
    assert_eq!(bench.recorder.recordings().unwrap().len(), 1);
    bench.press(&keys(0x22), &keys(0x02));
    assert_eq!(bench.finished(), 1);
}

/// A device that is there until its sender is dropped.
fn device(reports: Receiver<Vec<u8>>) -> Line {
    Box::new(move |exchange| match exchange {
        Exchange::Read(buffer) => {
            let report = reports.recv().map_err(io::Error::other)?;
            buffer[..report.len()].copy_from_slice(&report);
            Ok(report.len())
        }
        Exchange::Write(report) => Ok(report.len()),
    })
}

#[test]
fn bytes_of_a_device_become_a_recording_on_disk_through_the_threads() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = open(folder.path(), &Arc::default()).unwrap();
    let mut written_to_disk = recorder.outbox().changes();
    let panel = Panel::new(recorder.clone(), start_from_file(folder.path()), Box::new(|_| {}));
    let (events, heard) = channel();
    let running = std::thread::spawn(move || super::run(panel, &heard));
    let (pedal, reports): (Sender<Vec<u8>>, _) = channel();
    let (write, written) = channel();
    let connected = Event::Connected { id: 7, name: "Test pedal", kind: Kind::Infinity, write };
    events.send(connected).unwrap();
    let to_panel = events.clone();
    let reading =
        std::thread::spawn(move || reader::read(7, device(reports), false, &to_panel, &written));
    pedal.send(MIDDLE.to_vec()).unwrap();
    while recorder.progress().is_none() {
        block_on(written_to_disk.changed()).unwrap();
    }
    let (_, mut progress) = recorder.progress().unwrap();
    block_on(progress.wait_for(|progress| progress.on_disk_samples > 0)).unwrap();
    // Up and down again is settled by the clock of the panel; Stop needs none.
    pedal.send(vec![6, 0]).unwrap();
    while recorder.progress().is_some() {
        block_on(written_to_disk.changed()).unwrap();
    }
    assert_eq!(recorder.recordings().unwrap().len(), 1);
    drop(pedal);
    reading.join().unwrap();
    events.send(Event::Close).unwrap();
    running.join().unwrap();
}

fn start_from_file(folder: &Path) -> super::panel::Start {
    let file = tone(folder, 2);
    Box::new(move |recorder| recorder.start_from(open_file(file.clone(), Pace::Times(0.1)), None))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever bytes come, whenever: pulling the cable ends no recording and leaves no key down.
    #[test]
    fn no_reports_leave_a_key_stuck_or_let_the_cable_stop_a_recording(
        reports in prop::collection::vec((0_u8..8, 0_u64..400), 0..12),
        hold: bool,
    ) {
        let mode = if hold { ControlMode::Hold } else { ControlMode::Toggle };
        let mut bench = Bench::new(Kind::Infinity, mode);
        for (pedals, after) in reports {
            bench.report(&[pedals, 0]);
            bench.pass(after);
        }
        let before = bench.recorder.progress().map(|(id, _)| id);
        bench.unplug();
        bench.pass(10_000);
        prop_assert_eq!(bench.recorder.progress().map(|(id, _)| id), before);
        // As new: the same press means what it means to a pedal that was never there.
        bench.connect(Kind::Infinity);
        if before.is_none() {
            bench.press(MIDDLE, UP);
        }
        prop_assert!(bench.recorder.progress().is_some());
        bench.press(RIGHT, UP);
        prop_assert!(bench.recorder.progress().is_none());
    }
}
