//! Where a kill falls: in every phase of a recording's life, at random within it.

use std::time::Duration;

use super::random::Random;
use super::source::RATE;

/// How many times faster than life is spoken: more cuts and commits a minute.
const SPEEDS: [f64; 4] = [1.0, 2.0, 4.0, 8.0];
/// Samples of a chunk, the recorder's unit of durability: 500 ms.
pub(super) const CHUNK: f64 = 8_000.0;
/// Chunks before the first cut, which comes after 10 s at the earliest: after it their ends are not known to us.
const CHUNKS_BEFORE_A_CUT: u64 = 20;
/// Seconds of speech of the longest recording.
pub(super) const LONGEST: f64 = 45.0;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    FirstChunk,
    Anywhere,
    Commit,
    Cut,
    Stop,
}

impl Phase {
    pub(super) const ALL: [Self; 5] =
        [Self::FirstChunk, Self::Anywhere, Self::Commit, Self::Cut, Self::Stop];

    pub(super) const fn in_words(self) -> &'static str {
        match self {
            Self::FirstChunk => "in the first half second",
            Self::Anywhere => "anywhere",
            Self::Commit => "while half a second is committed",
            Self::Cut => "while a segment is cut",
            Self::Stop => "after Stop",
        }
    }
}

/// One kill.
pub(super) struct Plan {
    pub(super) phase: Phase,
    pub(super) speed: f64,
    /// After so many samples were spoken (for [`Phase::Stop`]: Stop) …
    pub(super) at: f64,
    /// … and so much time went by.
    pub(super) linger: Duration,
    /// How often the program is killed again while it recovers.
    pub(super) recovery_kills: u64,
}

/// `cuts`: after how many samples the recorder cuts this source.
pub(super) fn next(random: &mut Random, cuts: &[f64]) -> Plan {
    let phase = random.one_of(&Phase::ALL);
    let longest = LONGEST * f64::from(RATE);
    let (at, linger_ms) = match phase {
        Phase::FirstChunk => (random.between(0.0, CHUNK), 0.0),
        Phase::Anywhere => (random.between(CHUNK, longest), 0.0),
        Phase::Commit => {
            let chunks = 1 + random.next() % CHUNKS_BEFORE_A_CUT;
            (chunks as f64 * CHUNK, random.between(0.0, 25.0))
        }
        Phase::Cut => (random.one_of(cuts), random.between(0.0, 120.0)),
        Phase::Stop => (random.between(0.0, longest), random.between(0.0, 60.0)),
    };
    let recovery_kills = if random.fraction() < 0.3 { 1 + random.next() % 3 } else { 0 };
    let linger = Duration::from_secs_f64(linger_ms / 1_000.0);
    Plan { phase, speed: random.one_of(&SPEEDS), at, linger, recovery_kills }
}
