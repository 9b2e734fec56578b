//! When keys go down and up, without their bouncing.
//!
//! Down counts at once: it may be the beginning of a recording. Up counts when it has lasted, because a
//! worn contact opens for some milliseconds while the foot is on it, and a pause there would cost words.

use std::time::{Duration, Instant};

use super::buttons::{Button, Buttons};

/// So long a key must be up. Contacts bounce for under 20 ms; a finger needs 100 ms between two presses.
pub(super) const SETTLE: Duration = Duration::from_millis(60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    Down(Button),
    Up(Button),
}

/// One control's keys.
#[derive(Default)]
pub(super) struct Edges {
    /// As last reported.
    reported: Buttons,
    /// As told: down until they have been up for [`SETTLE`].
    down: Buttons,
    /// Since when keys that are told to be down are reported up.
    up_since: [Option<Instant>; Button::ALL.len()],
}

impl Edges {
    /// What a report changes.
    pub(super) fn report(&mut self, down: Buttons, now: Instant) -> Vec<Edge> {
        // What has lasted until now counts before what is new.
        let mut edges = self.settle(now);
        self.reported = down;
        for button in Button::ALL {
            let since = &mut self.up_since[button as usize];
            if down.has(button) {
                *since = None;
                if !self.down.has(button) {
                    self.down = self.down.with(Buttons::of(&[button]));
                    edges.push(Edge::Down(button));
                }
            } else if self.down.has(button) {
                since.get_or_insert(now);
            }
        }
        edges
    }

    /// Keys that have been up for long enough.
    pub(super) fn settle(&mut self, now: Instant) -> Vec<Edge> {
        let mut edges = Vec::new();
        for button in self.down.without(self.reported).iter() {
            let since = &mut self.up_since[button as usize];
            if since.is_some_and(|since| now.saturating_duration_since(since) >= SETTLE) {
                *since = None;
                self.down = self.down.without(Buttons::of(&[button]));
                edges.push(Edge::Up(button));
            }
        }
        edges
    }

    /// Whether a key is up that does not count yet.
    pub(super) fn is_settling(&self) -> bool {
        self.down != self.reported
    }

    pub(super) fn is_down(&self, button: Button) -> bool {
        self.down.has(button)
    }
}

#[cfg(test)]
mod tests;
