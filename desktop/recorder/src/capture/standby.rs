//! The next microphone: what is looked for and when, and the new stream that must prove itself before
//! the old one ends.

use std::time::Duration;

use super::clock::Moment;
use super::input::Input;
use super::search::Search;
use crate::audio::Wanted;

/// How often a microphone is looked for when there is none.
const WHEN_NONE: Duration = Duration::from_secs(1);
/// How often the chosen one is looked for while another one stands in.
const WHEN_STANDING_IN: Duration = Duration::from_secs(5);
/// How often a silent one is opened anew: somebody may have muted it and will not be there to see.
const WHEN_SILENT: Duration = Duration::from_secs(10);
/// A new stream that gives no sound for so long is no better.
const PROBATION: Duration = Duration::from_secs(3);

pub(super) struct Standby {
    search: Search,
    /// When the last search began; none: look at once.
    searched_at: Option<Duration>,
    /// Of the searches since a microphone fell silent.
    tries: u32,
    /// A new stream, and when it was opened.
    candidate: Option<(Input, Duration)>,
}

impl Standby {
    pub(super) const fn new(search: Search) -> Self {
        Self { search, searched_at: None, tries: 0, candidate: None }
    }

    /// The microphone is gone: look at once.
    pub(super) fn begin_again(&mut self) {
        (self.searched_at, self.tries) = (None, 0);
    }

    /// Called all the time; answers with a better input than the present one, ready to take over.
    pub(super) fn look(
        &mut self,
        present: Option<&Input>,
        silent: bool,
        now: Moment,
        clock: impl Fn() -> Moment,
    ) -> Option<Input> {
        match self.search.found() {
            Some((_, Ok(source))) => self.candidate = Some((Input::new(source), now.awake)),
            Some((_, Err(error))) => tracing::debug!(code = error.code(), "no source yet"),
            None => {}
        }
        self.begin_search(present, silent, now.awake);
        let (mut candidate, opened) = self.candidate.take()?;
        if present.is_none() {
            return Some(candidate);
        }
        match candidate.sounds(clock) {
            Ok(true) => Some(candidate),
            Ok(false) if now.awake.saturating_sub(opened) < PROBATION => {
                self.candidate = Some((candidate, opened));
                None
            }
            Ok(false) | Err(_) => None,
        }
    }

    fn begin_search(&mut self, present: Option<&Input>, silent: bool, now: Duration) {
        if !silent {
            self.tries = 0;
        }
        let (wanted, every) = match present {
            None => (Wanted::Any, WHEN_NONE),
            // One that was heard before was muted: then no other one may listen in its place.
            Some(input) if silent && (input.was_heard() || self.tries.is_multiple_of(2)) => {
                (Wanted::Chosen, if self.tries == 0 { Duration::ZERO } else { WHEN_SILENT })
            }
            Some(_) if silent => (Wanted::Other, PROBATION),
            Some(input) if input.source.stands_in() => (Wanted::Chosen, WHEN_STANDING_IN),
            Some(_) => return,
        };
        let due = self.searched_at.is_none_or(|last| now.saturating_sub(last) >= every);
        if due && !self.search.is_under_way() && self.candidate.is_none() {
            self.searched_at = Some(now);
            self.tries += u32::from(silent);
            self.search.begin(wanted);
        }
    }
}
