//! The program records from a virtual microphone to which everything happens that happens to microphones.
//!
//! What is played goes on by the clock, so the recording must stay in step with it: each loss a gap of the
//! right length, and all the rest as it was played.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

mod compare;
#[path = "../../../tests/bench/folders.rs"]
mod folders;
#[path = "../../../tests/bench/process.rs"]
#[expect(dead_code, reason = "shared with the window's tests, which need more of it")]
mod process;
mod sound;
mod take;
mod voice;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use medrecord_common::recording::GapReason;

use self::sound::{Sound, Speaker};
use self::take::{Recorded, Take};
use self::voice::Voice;

/// Time passes, and is what is tested: what is said takes as long as it takes.
fn pass(seconds: u64) {
    let until = Instant::now() + Duration::from_secs(seconds);
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        std::thread::park_timeout(left);
    }
}

/// Speaks `voice` and records it.
fn record(sound: &Sound, voice: &Arc<Voice>) -> (Speaker, Take) {
    let speaker = sound.speak(voice.clone());
    (speaker, Take::start(sound))
}

fn assert_lost_for(recorded: &Recorded, seconds: std::ops::Range<f64>) {
    assert!(recorded.gaps.iter().all(|gap| gap.reason == GapReason::DeviceLost));
    let lost: u64 = recorded.gaps.iter().map(|gap| gap.samples).sum();
    assert!(seconds.contains(&(lost as f64 / 16_000.0)), "{:?}", recorded.gaps);
}

#[test]
fn a_headset_that_is_gone_is_stood_in_for_and_taken_again() {
    let (sound, voice) = (Sound::start(), Arc::new(Voice::new(60)));
    let (_speaker, mut take) = record(&sound, &voice);
    pass(5);
    sound.unplug_headset();
    take.wait_for("warning microphone_changed");
    pass(4);
    sound.plug_in_headset();
    take.wait_for("over microphone_changed");
    pass(4);
    let recorded = take.stop();
    recorded.assert_in_step(&voice);
    assert_lost_for(&recorded, 0.0..2.0);
    assert_eq!(recorded.microphones, ["Desk", "Headset"]);
}

#[test]
fn without_any_microphone_there_is_a_gap_until_one_is_back() {
    let (sound, voice) = (Sound::start(), Arc::new(Voice::new(60)));
    let (_speaker, mut take) = record(&sound, &voice);
    pass(5);
    sound.unplug_all();
    take.wait_for("warning microphone_lost");
    pass(3);
    // Looking for a microphone again and again takes no more of the server than having one.
    assert_eq!(sound.connections(), 1);
    sound.plug_in_all(48_000);
    take.wait_for("over microphone_lost");
    pass(6);
    let recorded = take.stop();
    recorded.assert_in_step(&voice);
    assert_lost_for(&recorded, 2.5..9.0);
}

#[test]
fn a_headset_that_comes_back_at_another_rate_is_heard_right() {
    let (sound, voice) = (Sound::start(), Arc::new(Voice::new(60)));
    let (_speaker, mut take) = record(&sound, &voice);
    pass(5);
    sound.unplug_all();
    take.wait_for("warning microphone_lost");
    sound.plug_in_all(32_000);
    take.wait_for("over microphone_lost");
    pass(6);
    take.stop().assert_in_step(&voice);
}

#[test]
fn a_killed_sound_server_leaves_a_gap_until_it_is_back() {
    let (mut sound, voice) = (Sound::start(), Arc::new(Voice::new(60)));
    let (_speaker, mut take) = record(&sound, &voice);
    pass(5);
    sound.kill_server();
    take.wait_for("warning microphone_lost");
    pass(2);
    sound.start_server();
    take.wait_for("over microphone_lost");
    pass(6);
    let recorded = take.stop();
    recorded.assert_in_step(&voice);
    // No other way to the same microphone was taken meanwhile.
    assert!(
        recorded.microphones.iter().all(|name| name == "Headset"),
        "{:?}",
        recorded.microphones
    );
    assert_lost_for(&recorded, 1.5..9.0);
}

#[test]
fn quiet_is_recorded_and_exact_zeros_are_a_gap() {
    let mut voice = Voice::new(60);
    // The least that is not nothing.
    voice.replace(8..14, |n| (n % 100 == 0) as i16);
    voice.replace(18..24, |_| 0);
    let (sound, voice) = (Sound::start(), Arc::new(voice));
    let (_speaker, mut take) = record(&sound, &voice);
    pass(14);
    assert!(!take.said("warning microphone_silent"), "quiet is not zero");
    take.wait_for("warning microphone_silent");
    take.wait_for("over microphone_silent");
    pass(4);
    let recorded = take.stop();
    recorded.assert_in_step(&voice);
    let [gap] = recorded.gaps[..] else { panic!("{:?}", recorded.gaps) };
    assert_eq!(gap.reason, GapReason::Silent);
    assert!((gap.samples as f64 / 16_000.0 - 6.0).abs() <= 0.05, "{gap:?}");
}

/// How long after its key a recording begins, in seconds of what is said. Below 0: before the key.
fn first_sample(warm: bool) -> f64 {
    let (sound, voice) = (Sound::start(), Arc::new(Voice::new(30)));
    let speaker = sound.speak(voice.clone());
    let _listener = sound.listen();
    let mut take = Take::press(&sound, warm);
    let pressed = speaker.now();
    take.wait_for("on disk 1000");
    let first = take.stop().begins_at(&voice) - pressed;
    println!("first sample {:.0} ms after the key, warm: {warm}", first * 1e3);
    first
}

#[test]
fn with_a_warm_microphone_nothing_is_lost_after_the_key_and_little_kept_from_before() {
    // A cold one is for comparison: how long a device takes to start is its own affair.
    let (warm, _cold) = (first_sample(true), first_sample(false));
    assert!(warm <= 0.05, "{warm}");
    assert!(warm > -0.5, "no more than the sound system's delay: {warm}");
}

/// For 15 s, or as many as `MEDRECORD_BUSY_SECONDS` says.
#[test]
fn four_busy_loops_cost_no_sample_or_leave_a_gap() {
    let seconds = std::env::var("MEDRECORD_BUSY_SECONDS").ok().and_then(|s| s.parse().ok());
    let seconds: u64 = seconds.unwrap_or(15);
    let (sound, voice) = (Sound::start(), Arc::new(Voice::new(seconds as usize + 40)));
    let (_speaker, take) = record(&sound, &voice);
    let idle = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !idle.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        pass(seconds);
        idle.store(true, Ordering::Relaxed);
    });
    pass(2);
    let recorded = take.stop();
    recorded.assert_in_step(&voice);
    assert!(recorded.gaps.iter().all(|gap| gap.reason == GapReason::Overrun));
}
