//! The lamps of a control: red while words are safe on disk, red and blinking (or off) in a pause.
//!
//! Commands: Google's `dictation_support` 1.0.5 (Apache-2.0), `speechmike_hid_device.ts` (`SET_LED`, record
//! lamp in byte 6, two bits a colour) and `powermic_3_device.ts` (one byte). It sends a PowerMic 4 what a
//! SpeechMike takes, and no test there shows that it obeys: its lamps are left alone.

use medrecord_common::workstation::TakeState;

use super::device::Kind;

/// `SET_LED`.
const SET: u8 = 0x02;
const OFF: u8 = 0;
/// Record lamp, red, on: mode 3 in bits 2 and 3.
const RED: u8 = 3 << 2;
/// Record lamp, red, blinking slowly: mode 1.
const RED_BLINKING: u8 = 1 << 2;

/// The output report that shows this state, its number 0 first; none for a control without known lamps.
/// A recording that is not on disk yet does not shine.
pub(super) fn lamps(kind: Kind, take: Option<TakeState>) -> Option<Vec<u8>> {
    match kind {
        Kind::SpeechMike => {
            let record = match take {
                Some(TakeState::Recording) => RED,
                Some(TakeState::Paused) => RED_BLINKING,
                Some(TakeState::Starting) | None => OFF,
            };
            Some(vec![0, SET, 0, 0, 0, 0, 0, record, 0, 0])
        }
        Kind::PowerMic3 => Some(vec![0, u8::from(take == Some(TakeState::Recording))]),
        Kind::SpeechMikeGamepad
        | Kind::PowerMic4
        | Kind::PowerMic4Gamepad
        | Kind::FootControl
        | Kind::Infinity => None,
    }
}
