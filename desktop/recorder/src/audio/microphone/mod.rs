//! A microphone of the system, by cpal.
//!
//! Stream callback ([`feed`]) → lock-free ring → [`MicrophoneSource::read`]. The stream lives in a thread
//! of its own ([`stream`]): opening may block for seconds, and a device that died may block for ever; such
//! a thread is left alone, never waited for.

mod feed;
mod listing;
mod stream;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

pub use self::feed::Feed;
pub use self::listing::microphones;
use self::stream::Opened;
use super::{AudioSource, Captured, SourceError};

/// Without a callback for so long, the device is gone: cpal often says nothing.
const STALL: Duration = Duration::from_secs(1);
/// The first callback may take longer.
const FIRST_STALL: Duration = Duration::from_secs(3);
/// How often the ring is looked at: the callback must not wake anyone.
const POLL: Duration = Duration::from_millis(20);

/// A running microphone; dropping it ends its stream.
pub struct MicrophoneSource {
    opened: Opened,
    stands_in: bool,
    /// Without samples since this much waiting; a computer that slept does not count.
    waited: Duration,
    heard: bool,
}

impl MicrophoneSource {
    /// Opens the microphone with this stable id, or the system's default one. Blocks for up to 8 s.
    ///
    /// # Errors
    /// When there is none, it is not connected, or it cannot be used.
    pub fn open(id: Option<&str>) -> Result<Self, SourceError> {
        let opened = stream::open(id)?;
        Ok(Self { opened, stands_in: false, waited: Duration::ZERO, heard: false })
    }

    /// The same, as one that stands in for the chosen one, unless it is that.
    #[must_use]
    pub(super) fn standing_in_for(mut self, chosen: Option<&str>) -> Self {
        self.stands_in = chosen != Some(&self.opened.id);
        self
    }

    /// Stable, also across starts of the computer.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.opened.id
    }

    fn lost(&self, error: &cpal::Error) -> SourceError {
        tracing::warn!(%error, "the microphone's stream failed");
        SourceError::Lost { name: self.opened.name.clone() }
    }

    /// Moves what the ring holds into `into`.
    fn empty_ring(&mut self, into: &mut Vec<f32>) -> bool {
        let ring = &mut self.opened.ring;
        let Ok(chunk) = ring.read_chunk(ring.slots()) else { return false };
        let any = !chunk.is_empty();
        let (first, second) = chunk.as_slices();
        into.extend_from_slice(first);
        into.extend_from_slice(second);
        chunk.commit_all();
        if any {
            (self.heard, self.waited) = (true, Duration::ZERO);
        }
        any
    }

    fn check_stall(&mut self, waited: Duration) -> Result<(), SourceError> {
        // Not more than was meant to be waited: after a sleep the device gets its time.
        self.waited += waited.min(2 * POLL);
        let limit = if self.heard { STALL } else { FIRST_STALL };
        if self.waited < limit {
            return Ok(());
        }
        Err(SourceError::Stalled { name: self.opened.name.clone() })
    }
}

impl AudioSource for MicrophoneSource {
    fn name(&self) -> &str {
        &self.opened.name
    }

    fn rate(&self) -> u32 {
        self.opened.rate
    }

    fn channels(&self) -> u16 {
        self.opened.channels
    }

    fn read(&mut self, into: &mut Vec<f32>, timeout: Duration) -> Result<Captured, SourceError> {
        let began = Instant::now();
        loop {
            let error = self.opened.errors.try_recv();
            // What was heard before an error is read before the error is told, and with it.
            let any = self.empty_ring(into);
            if let Ok(error) = error {
                return Err(self.lost(&error));
            }
            if any {
                return Ok(Captured::Samples);
            }
            let left = timeout.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Ok(Captured::Nothing);
            }
            let before = Instant::now();
            std::thread::park_timeout(POLL.min(left));
            self.check_stall(before.elapsed())?;
        }
    }

    fn discard(&mut self) -> Result<(), SourceError> {
        self.empty_ring(&mut Vec::new());
        self.opened.lost.store(0, Ordering::Relaxed);
        self.waited = Duration::ZERO;
        match self.opened.errors.try_recv() {
            Ok(error) => Err(self.lost(&error)),
            Err(_) => Ok(()),
        }
    }

    fn take_lost_frames(&mut self) -> u64 {
        self.opened.lost.swap(0, Ordering::Relaxed) / u64::from(self.opened.channels)
    }

    fn is_live(&self) -> bool {
        true
    }

    fn stands_in(&self) -> bool {
        self.stands_in
    }
}
