//! Samples held against the monotonic clock: what a sound system loses without a word, and a rate
//! that is not what it says.
//!
//! Samples can arrive late, never early. So the least late arrivals of a while are the truth: they
//! move by the drift of the device's clock (a line, a few parts in 100,000), by a rate that is wrong
//! (a steep line) or by a loss (a step). Bursts, jitter and a reader that is held up move the others
//! only.

mod trend;

use std::collections::VecDeque;
use std::time::Duration;

use self::trend::Trend;

/// Of the arrivals in each so many seconds the least late one counts.
const WINDOW: f64 = 0.5;
/// Kept for the slowest judgement.
const KEPT: f64 = 30.0;
/// Over so many seconds, a rate that is off by so much is told when arrivals spread by no more seconds.
const RATES: [(f64, f64, f64); 4] =
    [(3.0, 0.1, 0.0), (5.0, 0.01, 0.0), (12.0, 0.003, SPREAD), (20.0, 0.001, SPREAD)];
/// Over 30 s, a drift of so much is followed: quartz is off by up to 100 ppm, a virtual machine by 1,000.
const DRIFT: f64 = 0.000_2;
const MOST_DRIFT: f64 = 0.003;
/// Seconds by which arrivals may be off a line; the smallest loss is off by more.
const SPREAD: f64 = 0.006;
/// When everything within so many seconds came so late, so much is missing. 35 ms are seldom delay,
/// and a loss of 50 ms is above them.
const LOSSES: [(f64, f64); 2] = [(3.0, 0.15), (10.0, 0.035)];
/// The expectation follows what is less than a loss, by so much a second.
const SLEW: f64 = 0.000_5;
/// In the first seconds of a stream, samples that waited while it started are delivered.
const SETTLING: f64 = 3.0;
/// A corrected rate is a multiple of this: the resampler's filters stay short.
const RATE_STEP: f64 = 20.0;
/// What devices are built for; a rate so near to one of them is meant to be it.
const COMMON_RATES: [f64; 8] =
    [8_000.0, 11_025.0, 16_000.0, 22_050.0, 24_000.0, 32_000.0, 44_100.0, 48_000.0];
const NEAR: f64 = 0.002;

/// What the clock says about the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// So many frames were captured and never delivered, some time in the last 12 s.
    Missing { frames: u64 },
    /// Frames come at this rate (a common one, or rounded to 20), steadily; it is what is expected from now on.
    Rate { hertz: u32 },
}

/// Watches one stream, from its first samples on.
#[derive(Debug, Clone)]
pub struct Tally {
    /// Frames a second, as declared or as last found.
    declared: f64,
    /// Where frames are expected.
    line: Line,
    /// The least late arrival of each window, the newest last.
    points: VecDeque<Point>,
    open: Option<Point>,
    began: Option<f64>,
}

/// So many frames had come at this time (in seconds).
#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    at: f64,
    frames: f64,
}

/// Through `point`, by `rate` frames a second.
#[derive(Debug, Clone, Copy)]
struct Line {
    point: Point,
    rate: f64,
}

impl Line {
    /// Seconds.
    fn lateness(&self, point: Point) -> f64 {
        point.at - self.point.at - (point.frames - self.point.frames) / self.rate
    }
}

impl Tally {
    /// For a stream with this rate (not 0).
    #[must_use]
    pub fn new(rate: u32) -> Self {
        let declared = f64::from(rate);
        let line = Line { point: Point { at: 0.0, frames: 0.0 }, rate: declared };
        Self { declared, line, points: VecDeque::new(), open: None, began: None }
    }

    /// All `frames` since the stream began had arrived at `at`, a time on the monotonic clock that was
    /// read after them. Frames that arrived and were dropped count.
    pub fn delivered(&mut self, at: Duration, frames: u64) -> Option<Finding> {
        let point = Point { at: at.as_secs_f64(), frames: frames as f64 };
        if self.began.is_none() {
            self.began = Some(point.at);
            self.line.point = point;
        }
        if self.open.is_some_and(|open| point.frames <= open.frames) {
            return None;
        }
        let Some(open) = self.open else {
            self.open = Some(point);
            return None;
        };
        if (point.at / WINDOW).floor() == (open.at / WINDOW).floor() {
            if self.line.lateness(point) < self.line.lateness(open) {
                self.open = Some(point);
            }
            return None;
        }
        self.open = Some(point);
        self.points.push_back(open);
        while self.points.front().is_some_and(|first| open.at - first.at > KEPT) {
            self.points.pop_front();
        }
        self.judge(open.at)
    }

    fn judge(&mut self, now: f64) -> Option<Finding> {
        if let Some(hertz) =
            RATES.iter().find_map(|&(seconds, least, spread)| self.rate(seconds, least, spread))
        {
            *self = Self { open: self.open, ..Self::new(hertz) };
            return Some(Finding::Rate { hertz });
        }
        self.follow_drift();
        for (seconds, least) in LOSSES {
            let Some(late) = self.least_late(seconds).filter(|late| *late >= least) else {
                continue;
            };
            self.line.point.at += late;
            self.points.retain(|point| now - point.at <= seconds);
            return Some(Finding::Missing { frames: (late * self.declared).round() as u64 });
        }
        self.follow(now);
        None
    }

    /// Moves the line by what is no loss.
    fn follow(&mut self, now: f64) {
        let mut newest = self.points.iter().rev();
        let (Some(last), before) = (newest.next(), newest.next()) else { return };
        if self.began.is_some_and(|began| now - began < SETTLING) {
            self.line.point.at += self.line.lateness(*last).min(0.0);
            return;
        }
        let most = SLEW * before.map_or(WINDOW, |before| last.at - before.at);
        let late = self.within(LOSSES[0].0).map(|point| self.line.lateness(point));
        self.line.point.at += late.fold(f64::INFINITY, f64::min).clamp(-most, most);
    }

    /// The rate of the last seconds, when it is off by at least this part.
    fn rate(&self, seconds: f64, least: f64, spread: f64) -> Option<u32> {
        let measured = self.line.rate * (1.0 - self.trend(seconds)?.steady_slope(least, spread)?);
        let common = COMMON_RATES.into_iter().find(|rate| (measured / rate - 1.0).abs() < NEAR);
        let rounded = common.unwrap_or_else(|| (measured / RATE_STEP).round() * RATE_STEP);
        let off = (rounded / self.declared - 1.0).abs();
        // `as` saturates.
        (off >= least && rounded >= RATE_STEP).then_some(rounded as u32)
    }

    fn follow_drift(&mut self) {
        let slope = self.trend(KEPT).and_then(|trend| trend.steady_slope(DRIFT, SPREAD));
        let Some(slope) = slope.filter(|slope| slope.abs() <= MOST_DRIFT) else { return };
        let Some(&newest) = self.points.back() else { return };
        // The same line up to now, a better one from now on.
        let at = newest.at - self.line.lateness(newest);
        let rate = self.line.rate * (1.0 - slope);
        self.line = Line { point: Point { at, frames: newest.frames }, rate };
        self.points.retain(|point| newest.at - point.at <= LOSSES[1].0);
    }

    fn within(&self, seconds: f64) -> impl Iterator<Item = Point> + '_ {
        let newest = self.points.back().map_or(0.0, |point| point.at);
        self.points.iter().copied().filter(move |point| newest - point.at <= seconds)
    }

    /// None while there is less than this time to look at.
    fn trend(&self, seconds: f64) -> Option<Trend> {
        let points = self.within(seconds).map(|point| (point.at, self.line.lateness(point)));
        Trend::over(points.collect(), seconds)
    }

    fn least_late(&self, seconds: f64) -> Option<f64> {
        let trend = self.trend(seconds)?;
        Some(trend.points().iter().map(|(_, late)| *late).fold(f64::INFINITY, f64::min))
    }
}

#[cfg(test)]
mod tests;
