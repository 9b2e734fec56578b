//! The keys of a control, and which of them are down.

/// A key that means something here, by the name that its maker gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Button {
    Record,
    /// The middle pedal.
    Play,
    Stop,
    /// The left pedal.
    Rewind,
    /// The right pedal.
    Forward,
    /// "End of letter", also the fourth pedal.
    EndOfLetter,
    Instruction,
    F1,
    Transcribe,
    Enter,
    CustomLeft,
}

impl Button {
    pub(super) const ALL: [Self; 11] = [
        Self::Record,
        Self::Play,
        Self::Stop,
        Self::Rewind,
        Self::Forward,
        Self::EndOfLetter,
        Self::Instruction,
        Self::F1,
        Self::Transcribe,
        Self::Enter,
        Self::CustomLeft,
    ];
}

/// A set of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Buttons(u16);

impl Buttons {
    pub(super) const NONE: Self = Self(0);

    pub(super) const fn of(buttons: &[Button]) -> Self {
        let (mut set, mut n) = (0, 0);
        while n < buttons.len() {
            set |= 1 << buttons[n] as u16;
            n += 1;
        }
        Self(set)
    }

    pub(super) fn has(self, button: Button) -> bool {
        self.0 & Self::of(&[button]).0 != 0
    }

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Button> {
        Button::ALL.into_iter().filter(move |button| self.has(*button))
    }
}
