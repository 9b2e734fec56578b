//! Microphones that get lost, fall silent, lose samples or change their rate, in injected time.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use medrecord_common::recording::{ChangeKind, Gap, GapReason};
use medrecord_common::workstation::LevelVerdict;

use super::{Bench, speech, until, until_ended};
use crate::audio::{AudioSource, Captured, OpenSource, SourceError, Wanted};
use crate::capture::Take;
use crate::capture::clock::{Clock, Moment};
use crate::testing::new_recording;

/// Time that passes only when a microphone plays.
#[derive(Clone, Default)]
struct Time(Arc<Mutex<Moment>>);

impl Time {
    fn pass(&self, seconds: f64) {
        let mut now = self.0.lock().unwrap();
        now.awake += Duration::from_secs_f64(seconds);
        now.whole += Duration::from_secs_f64(seconds);
    }

    fn sleep(&self, seconds: f64) {
        self.0.lock().unwrap().whole += Duration::from_secs_f64(seconds);
    }
}

impl Clock for Time {
    fn now(&self) -> Moment {
        *self.0.lock().unwrap()
    }
}

#[derive(Clone)]
enum Step {
    /// Seconds of speech.
    Speak(f64),
    Zeros(f64),
    /// Time passes, and what was said in it is lost without a word.
    Drop(f64),
    Sleep(f64),
    /// Nobody reads for so long, and then finds what was said at the beginning of it.
    Busy(f64),
    Lost,
    /// Nothing happens until the test has seen enough.
    Hold(Arc<AtomicBool>),
}

/// 50 ms a read; over after its last step.
struct Microphone {
    name: &'static str,
    stands_in: bool,
    time: Time,
    steps: VecDeque<Step>,
    said: usize,
    speech: Arc<Vec<i16>>,
    declared: u32,
}

impl Microphone {
    fn frames(&mut self, into: &mut Vec<f32>, left: f64, what: fn(f64) -> Step, zero: bool) {
        self.time.pass(0.05);
        for _ in 0..800 {
            let sample = self.speech[self.said % self.speech.len()];
            into.push(if zero { 0.0 } else { f32::from(sample) / 32_768.0 });
            self.said += usize::from(!zero);
        }
        if left > 0.051 {
            self.steps.push_front(what(left - 0.05));
        }
    }
}

impl AudioSource for Microphone {
    fn name(&self) -> &str {
        self.name
    }
    fn rate(&self) -> u32 {
        self.declared
    }
    fn channels(&self) -> u16 {
        1
    }
    fn is_live(&self) -> bool {
        true
    }
    fn stands_in(&self) -> bool {
        self.stands_in
    }
    fn discard(&mut self) -> Result<(), SourceError> {
        Ok(())
    }
    fn read(&mut self, into: &mut Vec<f32>, _: Duration) -> Result<Captured, SourceError> {
        match self.steps.pop_front() {
            None => return Ok(Captured::End),
            Some(Step::Speak(left)) => self.frames(into, left, Step::Speak, false),
            Some(Step::Zeros(left)) => self.frames(into, left, Step::Zeros, true),
            Some(Step::Drop(seconds)) => self.time.pass(seconds),
            Some(Step::Sleep(seconds)) => {
                self.time.sleep(seconds);
                return Ok(Captured::Nothing);
            }
            Some(Step::Busy(seconds)) => {
                self.frames(into, 0.0, Step::Speak, false);
                self.time.pass(seconds - 0.05);
            }
            Some(Step::Lost) => return Err(SourceError::Lost { name: self.name.to_owned() }),
            Some(Step::Hold(seen)) => {
                if !seen.load(Ordering::Relaxed) {
                    self.steps.push_front(Step::Hold(seen));
                    std::thread::yield_now();
                }
                return Ok(Captured::Nothing);
            }
        }
        Ok(Captured::Samples)
    }
}

/// The stage of a test: speech without zeros that nobody played, and a clock.
struct Scene {
    bench: Bench,
    time: Time,
    speech: Arc<Vec<i16>>,
}

impl Scene {
    fn new() -> Self {
        let loud = speech(60).map(|sample| if sample == 0 { 1 } else { sample });
        Self { bench: Bench::new(), time: Time::default(), speech: Arc::new(loud.collect()) }
    }

    fn microphone(&self, name: &'static str, steps: &[Step]) -> Microphone {
        Microphone {
            name,
            stands_in: false,
            time: self.time.clone(),
            steps: steps.iter().cloned().collect(),
            said: 0,
            speech: self.speech.clone(),
            declared: 16_000,
        }
    }

    /// Each is opened once, in this order, after 1 s; none for one that is not there.
    fn start(&self, microphones: Vec<(Wanted, Option<Microphone>)>) -> (Take, super::RecordingId) {
        let mut microphones: VecDeque<_> = microphones.into();
        let time = self.time.clone();
        let open: OpenSource = Box::new(move |wanted| {
            let Some((expected, microphone)) = microphones.pop_front() else {
                return Err(SourceError::NotConnected);
            };
            assert_eq!(wanted, expected);
            time.pass(1.0);
            Ok(Box::new(microphone.ok_or(SourceError::NoMicrophone)?))
        });
        let new = new_recording();
        let clock = Box::new(self.time.clone());
        let take = Take::start_by(clock, self.bench.outbox.clone(), open, &new).unwrap();
        (take, new.id)
    }

    fn gaps(&self, id: super::RecordingId) -> Vec<Gap> {
        let changes = self.bench.changes(id).into_iter();
        changes
            .filter_map(|what| if let ChangeKind::Gap(gap) = what { Some(gap) } else { None })
            .collect()
    }
}

fn assert_gap(gap: Gap, start: u64, seconds: f64, reason: GapReason) {
    assert_eq!((gap.start, gap.reason), (start, reason));
    let length = gap.samples as f64 / 16_000.0;
    assert!((length - seconds).abs() <= 0.05, "{length} instead of {seconds}");
}

#[test]
fn a_lost_microphone_is_a_gap_as_long_as_the_search_for_the_next_one() {
    let scene = Scene::new();
    let first = scene.microphone("headset", &[Step::Speak(2.0), Step::Lost]);
    let second = scene.microphone("webcam", &[Step::Speak(3.0)]);
    let (take, id) = scene.start(vec![
        (Wanted::Any, Some(first)),
        (Wanted::Any, None),
        (Wanted::Any, Some(second)),
    ]);
    until_ended(&take);
    take.stop().unwrap();
    let [gap] = scene.gaps(id)[..] else { panic!("{:?}", scene.bench.changes(id)) };
    assert_gap(gap, 32_000, 2.0, GapReason::DeviceLost);
    let named =
        ChangeKind::Microphone { sample: gap.start + gap.samples, name: "webcam".to_owned() };
    assert!(scene.bench.changes(id).contains(&named));
    let expected = [&scene.speech[..32_000], &scene.speech[..48_000]].concat();
    assert!(scene.bench.samples(id) == expected);
}

#[test]
fn a_microphone_that_is_lost_while_a_commit_takes_its_time_leaves_the_whole_gap() {
    let scene = Scene::new();
    let first = scene.microphone("headset", &[Step::Speak(2.0), Step::Busy(12.0), Step::Lost]);
    let second = scene.microphone("headset", &[Step::Speak(3.0)]);
    let (take, id) = scene.start(vec![(Wanted::Any, Some(first)), (Wanted::Any, Some(second))]);
    until_ended(&take);
    take.stop().unwrap();
    let gaps = scene.gaps(id);
    assert_eq!(gaps[0].start, 32_800, "{gaps:?}");
    let lost: u64 = gaps.iter().map(|gap| gap.samples).sum();
    let seconds = lost as f64 / 16_000.0;
    assert!((seconds - 12.95).abs() <= 0.05, "{seconds} s: {gaps:?}");
}

#[test]
fn zeros_are_on_the_screen_within_three_seconds_and_a_gap_from_the_first_one() {
    let scene = Scene::new();
    let seen = Arc::new(AtomicBool::new(false));
    let steps = [
        Step::Speak(2.0),
        Step::Zeros(3.0),
        Step::Hold(seen.clone()),
        Step::Zeros(4.0),
        Step::Speak(2.0),
    ];
    let (take, id) = scene.start(vec![(Wanted::Any, Some(scene.microphone("headset", &steps)))]);
    let silent = until(&take, |now| now.warnings.iter().any(|w| w.code == "microphone_silent"));
    assert_eq!(silent.level.verdict, LevelVerdict::Silent);
    assert_eq!(silent.recorded_samples, 32_000);
    seen.store(true, Ordering::Relaxed);
    until_ended(&take);
    assert!(take.progress().borrow().warnings.is_empty());
    take.stop().unwrap();
    let [gap] = scene.gaps(id)[..] else { panic!("{:?}", scene.bench.changes(id)) };
    // A second more went by in the search for another one.
    assert_eq!((gap.start, gap.reason), (32_000, GapReason::Silent));
    assert!((7.0..7.1).contains(&(gap.samples as f64 / 16_000.0)), "{}", gap.samples);
    assert!(scene.bench.samples(id) == scene.speech[..64_000]);
}

#[test]
fn zeros_of_a_breath_are_recorded_as_they_were() {
    let scene = Scene::new();
    let steps = [Step::Speak(2.0), Step::Zeros(2.5), Step::Speak(2.0), Step::Zeros(1.0)];
    let (take, id) = scene.start(vec![(Wanted::Any, Some(scene.microphone("headset", &steps)))]);
    until_ended(&take);
    take.stop().unwrap();
    assert_eq!(scene.gaps(id), []);
    let speech = &scene.speech;
    let expected =
        [&speech[..32_000], &[0; 40_000], &speech[32_000..64_000], &[0; 16_000]].concat();
    assert!(scene.bench.samples(id) == expected);
}

#[test]
fn one_that_was_never_heard_gives_way_to_another_one() {
    let scene = Scene::new();
    let dead = scene.microphone("headset", &[Step::Zeros(60.0)]);
    let anew = scene.microphone("headset", &[Step::Zeros(60.0)]);
    let other = Microphone { stands_in: true, ..scene.microphone("built-in", &[Step::Speak(4.0)]) };
    let (take, id) = scene.start(vec![
        (Wanted::Any, Some(dead)),
        (Wanted::Chosen, Some(anew)),
        (Wanted::Other, Some(other)),
    ]);
    let stood_in = until(&take, |now| now.warnings.iter().any(|w| w.code == "microphone_changed"));
    assert_eq!(stood_in.source, "built-in");
    until_ended(&take);
    take.stop().unwrap();
    let [gap] = scene.gaps(id)[..] else { panic!("{:?}", scene.bench.changes(id)) };
    assert_eq!((gap.start, gap.reason), (0, GapReason::Silent));
}

#[test]
fn the_chosen_one_is_taken_again_when_it_is_back_and_nothing_is_lost_between() {
    let scene = Scene::new();
    let first = scene.microphone("headset", &[Step::Speak(1.0), Step::Lost]);
    let built_in = scene.microphone("built-in", &[Step::Speak(50.0)]);
    let back = scene.microphone("headset", &[Step::Speak(2.0)]);
    let (take, id) = scene.start(vec![
        (Wanted::Any, Some(first)),
        (Wanted::Any, Some(Microphone { stands_in: true, ..built_in })),
        (Wanted::Chosen, Some(back)),
    ]);
    until_ended(&take);
    take.stop().unwrap();
    let named = scene.bench.changes(id).into_iter().filter_map(|what| match what {
        ChangeKind::Microphone { name, .. } => Some(name),
        _ => None,
    });
    assert_eq!(named.collect::<Vec<_>>(), ["built-in", "headset"]);
    let gaps = scene.gaps(id);
    assert_gap(gaps[0], 16_000, 1.0, GapReason::DeviceLost);
    assert_eq!(gaps.len(), 1, "{gaps:?}");
}

#[test]
fn a_loss_that_nobody_reported_is_a_gap() {
    let scene = Scene::new();
    let seen = Arc::new(AtomicBool::new(false));
    let steps = [
        Step::Speak(20.0),
        Step::Drop(0.1),
        Step::Speak(12.0),
        Step::Hold(seen.clone()),
        Step::Speak(18.0),
    ];
    let (take, id) = scene.start(vec![(Wanted::Any, Some(scene.microphone("headset", &steps)))]);
    until(&take, |now| now.warnings.iter().any(|w| w.code == "sound_lost"));
    seen.store(true, Ordering::Relaxed);
    until_ended(&take);
    take.stop().unwrap();
    let [gap] = scene.gaps(id)[..] else { panic!("{:?}", scene.bench.changes(id)) };
    assert_gap(gap, gap.start, 0.1, GapReason::Overrun);
    assert!((20 * 16_000..32 * 16_000).contains(&gap.start), "{}", gap.start);
    assert!(scene.bench.samples(id) == scene.speech[..50 * 16_000]);
}

#[test]
fn a_sleep_is_a_gap_as_long_as_it_was_and_a_new_stream() {
    let scene = Scene::new();
    let first = scene.microphone("headset", &[Step::Speak(2.0), Step::Sleep(600.0)]);
    let second = scene.microphone("headset", &[Step::Speak(2.0)]);
    let (take, id) = scene.start(vec![(Wanted::Any, Some(first)), (Wanted::Any, Some(second))]);
    until_ended(&take);
    take.stop().unwrap();
    let [gap] = scene.gaps(id)[..] else { panic!("{:?}", scene.bench.changes(id)) };
    assert_gap(gap, 32_000, 601.0, GapReason::Sleep);
}

#[test]
fn a_headset_that_changes_its_rate_is_heard_right_within_four_seconds() {
    let scene = Scene::new();
    let seen = Arc::new(AtomicBool::new(false));
    let steps = [Step::Speak(4.0), Step::Hold(seen.clone()), Step::Speak(16.0)];
    let headset = Microphone { declared: 48_000, ..scene.microphone("headset", &steps) };
    let (take, id) = scene.start(vec![(Wanted::Any, Some(headset))]);
    until(&take, |now| now.warnings.iter().any(|w| w.code == "microphone_rate"));
    seen.store(true, Ordering::Relaxed);
    until_ended(&take);
    take.stop().unwrap();
    let samples = scene.bench.samples(id);
    // From then on bit by bit what was said.
    let right = 16 * 16_000;
    assert!(samples.ends_with(&scene.speech[20 * 16_000 - right..20 * 16_000]));
}
