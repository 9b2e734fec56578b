//! A source with the way to 16 kHz that belongs to it, held against the clock.

use std::time::Duration;

use medrecord_common::audio::SAMPLE_RATE;
use medrecord_common::audio::tally::{Finding, Tally};

use super::clock::Moment;
use super::zeros::Zeros;
use crate::audio::{AudioSource, Captured, Resampler, SourceError};

pub(super) struct Input {
    pub(super) source: Box<dyn AudioSource>,
    resampler: Resampler,
    pub(super) name: String,
    /// Frames a second: as declared, or as measured.
    rate: u32,
    /// None for a file, which has its own pace and may hold zeros by right.
    live: Option<Live>,
    captured: Vec<f32>,
}

struct Live {
    tally: Tally,
    /// Delivered since the stream began.
    frames: u64,
    zeros: Zeros,
}

/// What one look at the source gave.
pub(super) struct Heard {
    /// At 16 kHz.
    pub(super) pcm: Vec<i16>,
    /// How long `pcm` took, and the zeros that are held back after it; it was heard up to now without them.
    pub(super) length: Duration,
    pub(super) held: Duration,
    /// Samples at 16 kHz that found no room, after `pcm`.
    pub(super) overrun: u64,
    pub(super) finding: Option<Finding>,
    pub(super) read: Result<Captured, SourceError>,
}

impl Input {
    pub(super) fn new(source: Box<dyn AudioSource>) -> Self {
        let (rate, channels) = (source.rate(), source.channels());
        let live = source.is_live().then(|| Live {
            tally: Tally::new(rate),
            frames: 0,
            zeros: Zeros::new(channels),
        });
        let resampler = Resampler::new(rate, channels);
        let name = source.name().to_owned();
        Self { source, resampler, name, rate, live, captured: Vec::new() }
    }

    /// Waits up to `timeout` for sound. In a gap, zeros around it are dropped.
    pub(super) fn listen(
        &mut self,
        timeout: Duration,
        now: impl FnOnce() -> Moment,
        in_gap: bool,
    ) -> Heard {
        let lost = self.source.take_lost_frames();
        self.captured.clear();
        let read = self.source.read(&mut self.captured, timeout);
        let frames = self.captured.len() as u64 / u64::from(self.source.channels());
        let mut finding = None;
        let mut held = 0;
        if let Some(live) = &mut self.live {
            live.frames += frames + lost;
            finding = live.tally.delivered(now().awake, live.frames);
            if in_gap {
                live.zeros.drop_around(&mut self.captured);
            } else {
                live.zeros.hold(&mut self.captured);
            }
            held = live.zeros.held();
        }
        let kept = self.captured.len() as u64 / u64::from(self.source.channels());
        let mut pcm = Vec::new();
        self.resampler.push(&self.captured, &mut pcm);
        Heard {
            pcm,
            length: self.time_of(kept),
            held: self.time_of(held),
            overrun: self.at_16_khz(lost),
            finding,
            read,
        }
    }

    /// Looks whether there is sound, and throws it away.
    pub(super) fn sounds(&mut self, now: impl FnOnce() -> Moment) -> Result<bool, SourceError> {
        let heard = self.listen(Duration::ZERO, now, true);
        heard.read.map(|_| !heard.length.is_zero())
    }

    /// Ends an unbroken stretch: the zeros that were held back, and the resampler's rest.
    pub(super) fn flush(&mut self) -> Vec<i16> {
        let mut pcm = Vec::new();
        if let Some(live) = &mut self.live {
            self.resampler.push(&live.zeros.release(), &mut pcm);
        }
        self.resampler.flush(&mut pcm);
        pcm
    }

    /// Ends an unbroken stretch before the zeros that were held back.
    pub(super) fn flush_without_zeros(&mut self) -> Vec<i16> {
        if let Some(live) = &mut self.live {
            drop(live.zeros.release());
        }
        self.flush()
    }

    /// After a pause: what was delivered meanwhile was not counted.
    pub(super) fn begin_again(&mut self) {
        if let Some(live) = &mut self.live {
            (live.tally, live.frames) = (Tally::new(self.rate), 0);
            drop(live.zeros.release());
        }
    }

    /// From here on, at the rate that was measured.
    pub(super) fn correct_rate(&mut self, hertz: u32) {
        self.rate = hertz;
        self.resampler = Resampler::new(hertz, self.source.channels());
    }

    /// The measured rate, when it is noticeably not the declared one.
    pub(super) fn odd_rate(&self) -> Option<u32> {
        let off = f64::from(self.rate) / f64::from(self.source.rate()) - 1.0;
        (off.abs() >= 0.01).then_some(self.rate)
    }

    pub(super) fn is_silent(&self) -> bool {
        self.live.as_ref().is_some_and(|live| live.zeros.is_silent(self.rate))
    }

    /// Whether it ever delivered sound.
    pub(super) fn was_heard(&self) -> bool {
        self.live.as_ref().is_none_or(|live| live.zeros.heard())
    }

    /// How long the zeros last that are held back.
    pub(super) fn held(&self) -> Duration {
        self.live.as_ref().map_or(Duration::ZERO, |live| self.time_of(live.zeros.held()))
    }

    pub(super) fn at_16_khz(&self, frames: u64) -> u64 {
        frames * u64::from(SAMPLE_RATE) / u64::from(self.rate)
    }

    fn time_of(&self, frames: u64) -> Duration {
        Duration::from_secs_f64(frames as f64 / f64::from(self.rate))
    }
}
