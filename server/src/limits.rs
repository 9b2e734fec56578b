//! What one workstation may ask of this process: so many requests a second, so many bytes a day.
//!
//! Far above what speech can need, so that only a program that went wrong meets it. Each server counts for itself.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use medrecord_common::ids::DeviceId;

/// Requests that may come at once after a silence, in seconds of the steady rate.
const BURST_SECONDS: u32 = 10;

const DAY: Duration = Duration::from_hours(24);

/// The limits, as configured.
#[derive(Debug, Clone, Copy)]
pub struct LimitsConfig {
    pub requests_per_second: NonZeroU32,
    /// Bodies of segments, repeated ones too. Speech is 1 MB a minute: the default is two weeks of it.
    pub megabytes_per_day: NonZeroU32,
    /// A body of which nothing arrives for so long is given up.
    pub body_pause: Duration,
    /// A body that is not whole after so long is given up, however it trickles.
    pub body_deadline: Duration,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            requests_per_second: const { NonZeroU32::new(50).expect("it is not 0") },
            megabytes_per_day: const { NonZeroU32::new(20_000).expect("it is not 0") },
            body_pause: Duration::from_secs(30),
            body_deadline: Duration::from_mins(10),
        }
    }
}

/// A limit is reached; how long until the same request is served.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Exceeded {
    Requests(Duration),
    Bytes(Duration),
}

pub(crate) struct Limits {
    requests: DefaultKeyedRateLimiter<DeviceId>,
    kilobytes: DefaultKeyedRateLimiter<DeviceId>,
    clock: DefaultClock,
}

impl Limits {
    pub(crate) fn new(config: &LimitsConfig) -> Self {
        let burst = config
            .requests_per_second
            .saturating_mul(const { NonZeroU32::new(BURST_SECONDS).expect("it is not 0") });
        let a_day = config
            .megabytes_per_day
            .saturating_mul(const { NonZeroU32::new(1_000).expect("it is not 0") });
        let kilobyte = Quota::with_period(DAY / a_day.get()).expect("a day is more than 4·10⁹ ns");
        Self {
            requests: RateLimiter::keyed(
                Quota::per_second(config.requests_per_second).allow_burst(burst),
            ),
            kilobytes: RateLimiter::keyed(kilobyte.allow_burst(a_day)),
            clock: DefaultClock::default(),
        }
    }

    /// Counts a request.
    pub(crate) fn request(&self, device: DeviceId) -> Result<(), Exceeded> {
        let allowed = self.requests.check_key(&device);
        allowed.map_err(|not| Exceeded::Requests(not.wait_time_from(self.clock.now())))
    }

    /// Counts a body of so many bytes.
    pub(crate) fn bytes(&self, device: DeviceId, bytes: usize) -> Result<(), Exceeded> {
        let kilobytes = u32::try_from(bytes.div_ceil(1_000)).unwrap_or(u32::MAX);
        let Some(kilobytes) = NonZeroU32::new(kilobytes) else { return Ok(()) };
        match self.kilobytes.check_key_n(&device, kilobytes) {
            Ok(allowed) => {
                allowed.map_err(|not| Exceeded::Bytes(not.wait_time_from(self.clock.now())))
            }
            // More than a day's worth at once.
            Err(_) => Err(Exceeded::Bytes(DAY)),
        }
    }
}
