//! Whether a SpeechMike has a slider instead of keys: it is asked for its model.
//!
//! Questions, answers and models: Google's `dictation_support` 1.0.5 (Apache-2.0),
//! `speechmike_hid_device.ts`, `fetchDeviceCode` and `determineSliderBitsFilter`. Answers begin with the
//! byte of the question; numbers are big endian.

use super::buttons::{Button, Buttons};

/// `IS_SPEECHMIKE_PREMIUM`: bit 7 of byte 8 says yes.
const IS_PREMIUM: u8 = 0x83;
/// `GET_DEVICE_CODE_SM3`, of those that are not: the model in bytes 7 and 8.
const MODEL: u8 = 0x87;
/// `GET_DEVICE_CODE_SMP`: the highest of three numbers from byte 2 on is the model.
const PREMIUM_MODEL: u8 = 0x8B;

/// Their slider goes over Record, Stop, Play and Rewind.
const WITH_RECORD: [u16; 7] = [3210, 3310, 3510, 3610, 3710, 3810, 4010];
/// Their slider goes over Forward, Stop, Play and Rewind; Record is a key.
const WITHOUT_RECORD: [u16; 3] = [3220, 3520, 3720];

/// Where a SpeechMike has its Record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Slider {
    #[default]
    None,
    /// Record is a place of the slider, so it is held by nature; Stop, Play and Rewind are the places
    /// where it does not record.
    Record,
    /// Record is a key beside the slider.
    Beside,
}

impl Slider {
    /// Keys that are no keys but places where the slider stands.
    pub(super) const fn places(self) -> Buttons {
        match self {
            Self::None => Buttons::NONE,
            Self::Record => Buttons::of(&[Button::Stop, Button::Play, Button::Rewind]),
            Self::Beside => {
                Buttons::of(&[Button::Stop, Button::Play, Button::Rewind, Button::Forward])
            }
        }
    }
}

/// What an answer tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The next question, as an output report.
    Ask(Vec<u8>),
    Slider(Slider),
}

/// The first question, as an output report.
pub(super) fn ask() -> Vec<u8> {
    question(IS_PREMIUM)
}

fn question(command: u8) -> Vec<u8> {
    vec![0, command, 0, 0, 0, 0, 0, 0, 0, 0]
}

/// None when the report is no answer to a question of ours.
pub(super) fn hear(report: &[u8]) -> Option<Answer> {
    let number = |at: usize| Some(u16::from_be_bytes([*report.get(at)?, *report.get(at + 1)?]));
    match *report.first()? {
        IS_PREMIUM if report.get(8)? & 0x80 != 0 => Some(Answer::Ask(question(PREMIUM_MODEL))),
        IS_PREMIUM => Some(Answer::Ask(question(MODEL))),
        MODEL => Some(Answer::Slider(slider(number(7)?))),
        // Not 0: a SpeechOne, which has no slider.
        PREMIUM_MODEL if *report.get(1)? != 0 => Some(Answer::Slider(Slider::None)),
        PREMIUM_MODEL => Some(Answer::Slider(slider(number(2)?.max(number(4)?).max(number(6)?)))),
        _ => None,
    }
}

fn slider(model: u16) -> Slider {
    if WITH_RECORD.contains(&model) {
        Slider::Record
    } else if WITHOUT_RECORD.contains(&model) {
        Slider::Beside
    } else {
        Slider::None
    }
}

#[cfg(test)]
mod tests;
