//! What a report says: which keys are down.
//!
//! Layouts and bits of Philips and Nuance: Google's `dictation_support` 1.0.5 (Apache-2.0),
//! `speechmike_hid_device.ts`, `speechmike_gamepad_device.ts`, `powermic_3_device.ts`,
//! `foot_control_device.ts`. Of the Infinity pedal: `driver.go` of fenimore/scribouillage (public domain),
//! two bytes, `01 00` left, `02 00` middle, `04 00` right, added up when several are down.

use super::buttons::{Button, Buttons};
use super::device::Kind;

/// First byte of a SpeechMike's report about its keys (`BUTTON_PRESS_EVENT`); others are about its battery,
/// its movement, or answer a question.
const KEYS: u8 = 0x80;

/// The item that gives reports a number in a report descriptor (HID 1.11, §6.2.2.7), without its size.
const REPORT_ID: u8 = 0x84;
/// First byte of a long item (HID 1.11, §6.2.2.3).
const LONG_ITEM: u8 = 0xFE;

/// A key's bit in the report.
type Bits = &'static [(u16, Button)];

const SPEECH_MIKE: Bits = &[
    (1 << 8, Button::Record),
    (1 << 9, Button::Stop),
    (1 << 10, Button::Play),
    (1 << 11, Button::Forward),
    (1 << 12, Button::Rewind),
    (1 << 13, Button::EndOfLetter),
    (1 << 15, Button::Instruction),
    (1 << 1, Button::F1),
];
const SPEECH_MIKE_GAMEPAD: Bits = &[
    (1 << 0, Button::Rewind),
    (1 << 1, Button::Play),
    (1 << 2, Button::Forward),
    (1 << 5, Button::Record),
    (1 << 9, Button::Instruction),
    (1 << 10, Button::F1),
    (1 << 14, Button::EndOfLetter),
];
const POWER_MIC_4: Bits = &[
    (1 << 8, Button::Record),
    (1 << 10, Button::Play),
    (1 << 14, Button::Forward),
    (1 << 13, Button::Rewind),
    (1 << 15, Button::Enter),
    (1 << 1, Button::F1),
];
const POWER_MIC_4_GAMEPAD: Bits = &[
    (1 << 1, Button::Play),
    (1 << 4, Button::Forward),
    (1 << 5, Button::Record),
    (1 << 9, Button::Enter),
    (1 << 10, Button::F1),
    (1 << 14, Button::Rewind),
];
const POWER_MIC_3: Bits = &[
    (1 << 0, Button::Transcribe),
    (1 << 2, Button::Record),
    (1 << 4, Button::Rewind),
    (1 << 5, Button::Forward),
    (1 << 6, Button::Play),
    (1 << 7, Button::CustomLeft),
    (1 << 8, Button::Enter),
];
const PEDALS: Bits = &[
    (1 << 0, Button::Rewind),
    (1 << 1, Button::Play),
    (1 << 2, Button::Forward),
    (1 << 3, Button::EndOfLetter),
];

/// The keys that are down; none when the report is about something else, or too short. Keys that mean
/// nothing here are left out.
pub(super) fn decode(kind: Kind, report: &[u8]) -> Option<Buttons> {
    let (bits, field) = match kind {
        Kind::SpeechMike if report.first() == Some(&KEYS) => (SPEECH_MIKE, word(report, 7)?),
        Kind::PowerMic4 if report.first() == Some(&KEYS) => (POWER_MIC_4, word(report, 7)?),
        Kind::SpeechMike | Kind::PowerMic4 => return None,
        Kind::SpeechMikeGamepad => (SPEECH_MIKE_GAMEPAD, word(report, 0)?),
        Kind::PowerMic4Gamepad => (POWER_MIC_4_GAMEPAD, word(report, 0)?),
        Kind::PowerMic3 => (POWER_MIC_3, word(report, 1)?),
        Kind::FootControl => (PEDALS, u16::from(*report.first()?)),
        // It has three pedals; the fourth bit is not its.
        Kind::Infinity => (PEDALS, u16::from(*report.first()? & 0b111)),
    };
    let down = bits.iter().filter(|(bit, _)| field & bit != 0);
    Some(down.fold(Buttons::NONE, |down, (_, button)| down.with(Buttons::of(&[*button]))))
}

fn word(report: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes([*report.get(at)?, *report.get(at + 1)?]))
}

/// Whether a number stands before each report, by the device's report descriptor. (The layouts above are
/// without it, as browsers hand reports out.)
pub(super) fn is_numbered(descriptor: &[u8]) -> bool {
    let mut rest = descriptor;
    while let Some(&item) = rest.first() {
        let length = match (item, item & 0b11) {
            (LONG_ITEM, _) => 3 + rest.get(1).map_or(0, |length| usize::from(*length)),
            (_, 3) => 5,
            (_, size) => 1 + usize::from(size),
        };
        if item & 0xFC == REPORT_ID {
            return true;
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests;
