//! Reports of every family against the keys that they mean.

use proptest::prelude::*;

use super::super::device::KNOWN;
use super::*;

/// A SpeechMike's report about its keys; its field is in bytes 7 and 8.
fn keys(low: u8, high: u8) -> Vec<u8> {
    vec![0x80, 0, 0, 0, 0, 0, 0, low, high]
}

#[test]
fn each_key_of_each_family_is_known_by_its_bit() {
    use Button::*;
    let table: &[(Kind, Vec<u8>, &[Button])] = &[
        (Kind::SpeechMike, keys(0, 0), &[]),
        (Kind::SpeechMike, keys(0, 0x01), &[Record]),
        (Kind::SpeechMike, keys(0, 0x02), &[Stop]),
        (Kind::SpeechMike, keys(0, 0x04), &[Play]),
        (Kind::SpeechMike, keys(0, 0x08), &[Forward]),
        (Kind::SpeechMike, keys(0, 0x10), &[Rewind]),
        (Kind::SpeechMike, keys(0, 0x20), &[EndOfLetter]),
        (Kind::SpeechMike, keys(0, 0x80), &[Instruction]),
        (Kind::SpeechMike, keys(0x02, 0), &[F1]),
        // Insert/overwrite, command, F2 to F4, scan: nothing here.
        (Kind::SpeechMike, keys(0xFD, 0x40), &[]),
        (Kind::SpeechMikeGamepad, vec![0x20, 0], &[Record]),
        (Kind::SpeechMikeGamepad, vec![0x02, 0], &[Play]),
        (Kind::SpeechMikeGamepad, vec![0x01, 0], &[Rewind]),
        (Kind::SpeechMikeGamepad, vec![0x04, 0], &[Forward]),
        (Kind::SpeechMikeGamepad, vec![0, 0x02], &[Instruction]),
        (Kind::SpeechMikeGamepad, vec![0, 0x04], &[F1]),
        (Kind::SpeechMikeGamepad, vec![0, 0x40], &[EndOfLetter]),
        (Kind::PowerMic3, vec![0, 0x01, 0], &[Transcribe]),
        (Kind::PowerMic3, vec![0, 0x04, 0], &[Record]),
        (Kind::PowerMic3, vec![0, 0x10, 0], &[Rewind]),
        (Kind::PowerMic3, vec![0, 0x20, 0], &[Forward]),
        (Kind::PowerMic3, vec![0, 0x40, 0], &[Play]),
        (Kind::PowerMic3, vec![0, 0x80, 0], &[CustomLeft]),
        (Kind::PowerMic3, vec![0, 0, 0x01], &[Enter]),
        (Kind::PowerMic3, vec![0, 0x0A, 0xFE], &[]),
        (Kind::PowerMic4, keys(0, 0x01), &[Record]),
        (Kind::PowerMic4, keys(0, 0x04), &[Play]),
        (Kind::PowerMic4, keys(0, 0x40), &[Forward]),
        (Kind::PowerMic4, keys(0, 0x20), &[Rewind]),
        (Kind::PowerMic4, keys(0, 0x80), &[Enter]),
        (Kind::PowerMic4, keys(0x02, 0), &[F1]),
        // Tab forward and backward stand where others have Forward and Rewind.
        (Kind::PowerMic4, keys(0, 0x18), &[]),
        (Kind::PowerMic4Gamepad, vec![0x20, 0], &[Record]),
        (Kind::PowerMic4Gamepad, vec![0x02, 0], &[Play]),
        (Kind::PowerMic4Gamepad, vec![0x10, 0], &[Forward]),
        (Kind::PowerMic4Gamepad, vec![0, 0x02], &[Enter]),
        (Kind::PowerMic4Gamepad, vec![0, 0x04], &[F1]),
        (Kind::PowerMic4Gamepad, vec![0, 0x40], &[Rewind]),
        (Kind::FootControl, vec![1], &[Rewind]),
        (Kind::FootControl, vec![2], &[Play]),
        (Kind::FootControl, vec![4], &[Forward]),
        (Kind::FootControl, vec![8], &[EndOfLetter]),
        (Kind::FootControl, vec![0xF3], &[Rewind, Play]),
        (Kind::Infinity, vec![1, 0], &[Rewind]),
        (Kind::Infinity, vec![2, 0], &[Play]),
        (Kind::Infinity, vec![4, 0], &[Forward]),
        (Kind::Infinity, vec![7, 0], &[Rewind, Play, Forward]),
        (Kind::Infinity, vec![8, 0], &[]),
    ];
    for (kind, report, down) in table {
        assert_eq!(decode(*kind, report), Some(Buttons::of(down)), "{kind:?} {report:02x?}");
    }
}

#[test]
fn what_is_not_about_keys_or_cut_off_says_nothing_of_them() {
    for report in [&[0x94, 0, 0, 0, 0, 0, 0, 0, 1][..], &[0x9E, 0, 0, 0, 0, 0, 0, 0, 1], &[0x80, 0]]
    {
        assert_eq!(decode(Kind::SpeechMike, report), None, "{report:02x?}");
        assert_eq!(decode(Kind::PowerMic4, report), None, "{report:02x?}");
    }
    for (kind, report) in [
        (Kind::SpeechMikeGamepad, &[1][..]),
        (Kind::PowerMic4Gamepad, &[1]),
        (Kind::PowerMic3, &[0, 4]),
        (Kind::FootControl, &[]),
        (Kind::Infinity, &[]),
    ] {
        assert_eq!(decode(kind, report), None, "{kind:?}");
    }
}

#[test]
fn numbered_reports_are_known_by_the_descriptor() {
    // Joystick with 8 buttons, without and with `Report ID (1)`.
    let plain = [
        0x05, 0x01, 0x09, 0x04, 0xA1, 0x01, 0x05, 0x09, 0x19, 0x01, 0x29, 0x08, 0x15, 0x00, 0x25,
        0x01, 0x75, 0x01, 0x95, 0x08, 0x81, 0x02, 0xC0,
    ];
    assert!(!is_numbered(&plain));
    let mut numbered = plain.to_vec();
    numbered.splice(6..6, [0x85, 0x01]);
    assert!(is_numbered(&numbered));
    // 0x85 as data of an item, and in a long item.
    assert!(!is_numbered(&[0x26, 0x85, 0x01, 0xFE, 2, 0xF0, 0x85, 0x85, 0xC0]));
    assert!(!is_numbered(&[]));
}

proptest! {
    #[test]
    fn no_bytes_are_too_strange(report: Vec<u8>) {
        for known in &KNOWN {
            decode(known.kind, &report);
        }
        is_numbered(&report);
        super::super::model::hear(&report);
    }
}
