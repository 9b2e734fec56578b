//! The upload speed that was set: what sync may take of a line that others need, too.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What is handed to the socket at a time.
const PIECE: usize = 16 * 1024;

/// So many pieces a second at least: a line that is slow by our own wish never looks like one that is dead.
const PIECES: usize = 4;

/// One for all that a workstation sends at once.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Bytes a second; none: as fast as the line.
    limit: Option<NonZeroU32>,
    /// When what was let go so far has had its time.
    free_at: Option<Instant>,
}

impl Pace {
    pub(super) fn set(&self, limit: Option<NonZeroU32>) {
        self.state().limit = limit;
    }

    /// How much of the rest goes next, once it may.
    pub(super) async fn next(&self, rest: usize) -> usize {
        let (piece, at) = self.book(rest, Instant::now());
        tokio::time::sleep_until(at.into()).await;
        piece
    }

    /// A piece, and when it may go. Time in which nothing was sent is not made up for.
    fn book(&self, rest: usize, now: Instant) -> (usize, Instant) {
        let mut state = self.state();
        let Some(limit) = state.limit else { return (rest.min(PIECE), now) };
        let piece = rest.min((limit.get() as usize / PIECES).clamp(1, PIECE));
        let at = state.free_at.map_or(now, |free_at| free_at.max(now));
        state.free_at = Some(at + Duration::from_secs_f64(piece as f64 / f64::from(limit.get())));
        (piece, at)
    }

    /// A panic elsewhere leaves nothing half-done behind this lock.
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::{PIECE, Pace};

    fn limited(bytes: u32) -> Pace {
        let pace = Pace::default();
        pace.set(NonZeroU32::new(bytes));
        pace
    }

    #[test]
    fn a_segment_at_64_kb_a_second_takes_its_time_and_comes_in_no_burst() {
        let (pace, began) = (limited(64_000), Instant::now());
        let (mut rest, mut now, mut in_second) = (640_000, began, [0; 10]);
        while rest > 0 {
            let (piece, at) = pace.book(rest, now);
            rest -= piece;
            in_second[(at - began).as_secs() as usize] += piece;
            now = at;
        }
        assert_eq!(in_second, [64_000; 10]);
    }

    #[test]
    fn without_a_limit_nothing_waits() {
        let (pace, now) = (Pace::default(), Instant::now());
        for rest in [1, PIECE, 10 * PIECE] {
            assert_eq!(pace.book(rest, now), (rest.min(PIECE), now));
        }
    }

    proptest! {
        /// However many bodies are on the way, whenever they ask.
        #[test]
        fn no_second_holds_more_than_the_limit_and_a_piece(
            limit in 1_000_u32..1_000_000,
            asked in proptest::collection::vec((1_usize..200_000, 0_u64..3_000), 1..200),
        ) {
            let (pace, mut now) = (limited(limit), Instant::now());
            let mut sent = Vec::new();
            for (rest, later) in asked {
                now += Duration::from_millis(later);
                let (piece, at) = pace.book(rest, now);
                prop_assert!(at >= now && piece > 0 && piece <= rest);
                sent.push((at, piece));
            }
            for (index, (from, _)) in sent.iter().enumerate() {
                let within = sent[index..].iter().take_while(|(at, _)| *at - *from < Duration::from_secs(1));
                let bytes: usize = within.map(|(_, piece)| piece).sum();
                prop_assert!(bytes <= limit as usize + PIECE, "{bytes} bytes");
            }
        }

        /// What is given up after 30 s without progress (`upload.rs`) is never held up so long by us: four bodies
        /// share the pace at most.
        #[test]
        fn a_piece_is_a_matter_of_a_quarter_second(limit in 4_u32..10_000_000) {
            let (pace, now) = (limited(limit), Instant::now());
            let waits: Vec<_> = (0..4).map(|_| pace.book(1_000_000, now).1 - now).collect();
            prop_assert!(waits.iter().all(|wait| *wait <= Duration::from_secs(1)), "{waits:?}");
        }
    }
}
