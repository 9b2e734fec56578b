//! What a key means: to begin, to pause, to go on, to stop, to mark.
//!
//! Record as a *toggle*: down begins a recording, then pauses it and goes on with it by turns; up means
//! nothing. Record to be *held*: down begins a recording or goes on with it, up pauses it: what is said
//! with the key down is one recording, however often the foot is lifted, and the key that stops ends it.
//! In neither way does Record end a recording: a foot slips, and a new recording has no patient.

use medrecord_common::workstation::{ControlMode, TakeState};

use super::buttons::{Button, Buttons};
use super::device::Kind;
use super::edges::Edge;

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Record,
    /// Pauses, or goes on.
    Pause,
    Stop,
    Mark,
}

/// What the recorder is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    Start,
    Pause,
    Resume,
    Stop,
    Mark,
}

/// Pedals: left marks, middle records, right and the fourth one stop. Microphones: Record, Play pauses,
/// and to stop there is Stop or, on those without one, the key that hands a dictation in.
fn purpose(kind: Kind, button: Button) -> Option<Purpose> {
    let is_pedal = matches!(kind, Kind::FootControl | Kind::Infinity);
    match button {
        Button::Record => Some(Purpose::Record),
        Button::Play if is_pedal => Some(Purpose::Record),
        Button::Play => Some(Purpose::Pause),
        Button::Rewind if is_pedal => Some(Purpose::Mark),
        Button::Forward if is_pedal => Some(Purpose::Stop),
        // To listen is the window's.
        Button::Rewind | Button::Forward => None,
        Button::Stop | Button::EndOfLetter | Button::Transcribe | Button::Enter => {
            Some(Purpose::Stop)
        }
        Button::Instruction | Button::F1 | Button::CustomLeft => Some(Purpose::Mark),
    }
}

/// The keys that record.
pub(super) fn record_keys(kind: Kind) -> Buttons {
    let record = |button: &Button| purpose(kind, *button) == Some(Purpose::Record);
    Button::ALL
        .into_iter()
        .filter(record)
        .fold(Buttons::NONE, |keys, button| keys.with(Buttons::of(&[button])))
}

/// What is wished for by a key, with the recording under way, if there is one.
pub(super) fn wish(
    kind: Kind,
    edge: Edge,
    mode: ControlMode,
    take: Option<TakeState>,
) -> Option<Wish> {
    let is_paused = take == Some(TakeState::Paused);
    match edge {
        Edge::Down(button) => match purpose(kind, button)? {
            Purpose::Record if take.is_none() => Some(Wish::Start),
            Purpose::Record if mode == ControlMode::Hold => Some(Wish::Resume),
            Purpose::Record | Purpose::Pause => {
                take.map(|_| if is_paused { Wish::Resume } else { Wish::Pause })
            }
            Purpose::Stop => take.map(|_| Wish::Stop),
            Purpose::Mark => take.map(|_| Wish::Mark),
        },
        Edge::Up(button) => (purpose(kind, button)? == Purpose::Record
            && mode == ControlMode::Hold)
            .then_some(take)?
            .map(|_| Wish::Pause),
    }
}

#[cfg(test)]
mod tests;
