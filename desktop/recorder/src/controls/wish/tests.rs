//! Keys, modes and states against what is asked for.

use super::*;
use crate::controls::device::KNOWN;
use crate::controls::report::decode;

const NO_TAKE: Option<TakeState> = None;
const STARTING: Option<TakeState> = Some(TakeState::Starting);
const RECORDING: Option<TakeState> = Some(TakeState::Recording);
const PAUSED: Option<TakeState> = Some(TakeState::Paused);

#[test]
fn record_as_a_toggle_begins_then_pauses_and_goes_on_by_turns() {
    for (kind, record) in [(Kind::SpeechMike, Button::Record), (Kind::Infinity, Button::Play)] {
        let wish = |edge, take| wish(kind, edge, ControlMode::Toggle, take);
        assert_eq!(wish(Edge::Down(record), NO_TAKE), Some(Wish::Start));
        assert_eq!(wish(Edge::Down(record), STARTING), Some(Wish::Pause));
        assert_eq!(wish(Edge::Down(record), RECORDING), Some(Wish::Pause));
        assert_eq!(wish(Edge::Down(record), PAUSED), Some(Wish::Resume));
        for take in [NO_TAKE, STARTING, RECORDING, PAUSED] {
            assert_eq!(wish(Edge::Up(record), take), None);
        }
    }
}

#[test]
fn record_that_is_held_records_while_it_is_down() {
    for (kind, record) in [(Kind::PowerMic3, Button::Record), (Kind::FootControl, Button::Play)] {
        let wish = |edge, take| wish(kind, edge, ControlMode::Hold, take);
        assert_eq!(wish(Edge::Down(record), NO_TAKE), Some(Wish::Start));
        for take in [STARTING, RECORDING, PAUSED] {
            assert_eq!(wish(Edge::Down(record), take), Some(Wish::Resume), "even if it runs");
            assert_eq!(wish(Edge::Up(record), take), Some(Wish::Pause));
        }
        assert_eq!(wish(Edge::Up(record), NO_TAKE), None);
    }
}

#[test]
fn stop_pause_and_mark_need_a_recording_and_do_nothing_when_they_come_up() {
    let keys = [
        (Kind::SpeechMike, Button::Stop, Wish::Stop),
        (Kind::SpeechMikeGamepad, Button::EndOfLetter, Wish::Stop),
        (Kind::SpeechMike, Button::Instruction, Wish::Mark),
        (Kind::SpeechMike, Button::Play, Wish::Pause),
        (Kind::PowerMic3, Button::Transcribe, Wish::Stop),
        (Kind::PowerMic3, Button::CustomLeft, Wish::Mark),
        (Kind::PowerMic4, Button::Enter, Wish::Stop),
        (Kind::PowerMic4Gamepad, Button::F1, Wish::Mark),
        (Kind::FootControl, Button::Forward, Wish::Stop),
        (Kind::FootControl, Button::EndOfLetter, Wish::Stop),
        (Kind::Infinity, Button::Rewind, Wish::Mark),
    ];
    for (kind, button, wanted) in keys {
        for mode in [ControlMode::Toggle, ControlMode::Hold] {
            let wish = |edge, take| wish(kind, edge, mode, take);
            assert_eq!(wish(Edge::Down(button), RECORDING), Some(wanted), "{kind:?} {button:?}");
            assert_eq!(wish(Edge::Down(button), NO_TAKE), None, "{kind:?} {button:?}");
            assert_eq!(wish(Edge::Up(button), RECORDING), None, "{kind:?} {button:?}");
        }
    }
    assert_eq!(
        wish(Kind::SpeechMike, Edge::Down(Button::Play), ControlMode::Toggle, PAUSED),
        Some(Wish::Resume)
    );
}

#[test]
fn every_control_can_begin_and_end_a_recording_and_no_record_key_ends_one() {
    for known in &KNOWN {
        let record = record_keys(known.kind);
        assert!(record.iter().next().is_some(), "{}", known.name);
        let stops = |button: Button, take| {
            let modes = [ControlMode::Toggle, ControlMode::Hold];
            modes.map(|mode| wish(known.kind, Edge::Down(button), mode, take) == Some(Wish::Stop))
        };
        // All that its reports can hold; the first byte of some says what they are about.
        let reports = [[0xFF; 9], [0x80, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]];
        let mut keys =
            reports.iter().filter_map(|report| decode(known.kind, report)).flat_map(Buttons::iter);
        assert!(keys.any(|key| stops(key, RECORDING) == [true; 2]), "{}", known.name);
        for take in [NO_TAKE, STARTING, RECORDING, PAUSED] {
            assert!(record.iter().all(|button| stops(button, take) == [false; 2]));
        }
    }
}
