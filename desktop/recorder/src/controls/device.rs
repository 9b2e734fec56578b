//! Which devices are known, by their USB ids. No other device is ever opened.
//!
//! Ids and usages of Philips and Nuance: Google's `dictation_support` 1.0.5 (Apache-2.0),
//! `dictation_device_manager.ts`. Of VEC: the USB listing of `05f3:00ff`, "VEC USB Footpedal", the same for
//! IN-USB-1 and IN-USB-2 (catswhisker.xyz 2018-08-27; Parlatype's manual).

/// What a device's reports look like, and what its keys are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    SpeechMike,
    /// Its second interface in the mode "Browser/Gamepad".
    SpeechMikeGamepad,
    PowerMic3,
    PowerMic4,
    PowerMic4Gamepad,
    /// Philips ACC2310, 2320 and 2330.
    FootControl,
    /// VEC Infinity.
    Infinity,
}

/// One interface of a device.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) vendor: u16,
    pub(super) product: u16,
    /// HID usage page and usage of the interface that has the keys; none: it has only one.
    usage: Option<(u16, u16)>,
    pub(super) kind: Kind,
    pub(super) name: &'static str,
}

/// The maker's own page 0xFFA0.
const OWN: Option<(u16, u16)> = Some((0xFFA0, 1));
/// Generic Desktop, Joystick (HID Usage Tables 1.4, §4).
const JOYSTICK: Option<(u16, u16)> = Some((1, 4));

const fn known(
    (vendor, product): (u16, u16),
    usage: Option<(u16, u16)>,
    kind: Kind,
    name: &'static str,
) -> Known {
    Known { vendor, product, usage, kind, name }
}

pub(super) const KNOWN: [Known; 12] = [
    known((0x0911, 0x0C1C), OWN, Kind::SpeechMike, "Philips SpeechMike"),
    known((0x0911, 0x0C1D), OWN, Kind::SpeechMike, "Philips SpeechMike Air"),
    known((0x0911, 0x0C1E), OWN, Kind::SpeechMike, "Philips SpeechOne"),
    known((0x0911, 0x0FA0), OWN, Kind::SpeechMike, "Philips SpeechMike"),
    known((0x0911, 0x0C1E), JOYSTICK, Kind::SpeechMikeGamepad, "Philips SpeechOne"),
    known((0x0911, 0x0FA0), JOYSTICK, Kind::SpeechMikeGamepad, "Philips SpeechMike"),
    known((0x0554, 0x0064), OWN, Kind::PowerMic4, "Nuance PowerMic 4"),
    known((0x0554, 0x0064), JOYSTICK, Kind::PowerMic4Gamepad, "Nuance PowerMic 4"),
    known((0x0554, 0x1001), Some((1, 0)), Kind::PowerMic3, "Nuance PowerMic III"),
    known((0x0911, 0x1844), JOYSTICK, Kind::FootControl, "Philips foot pedal"),
    known((0x0911, 0x091A), JOYSTICK, Kind::FootControl, "Philips foot pedal"),
    known((0x05F3, 0x00FF), None, Kind::Infinity, "Infinity foot pedal"),
];

/// What this interface of a device is, when it is one that is known.
pub(super) fn recognise(vendor: u16, product: u16, usage: (u16, u16)) -> Option<&'static Known> {
    KNOWN.iter().find(|known| {
        (known.vendor, known.product) == (vendor, product)
            && known.usage.is_none_or(|wanted| wanted == usage)
    })
}
