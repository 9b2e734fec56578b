//! Waits for what it waits for.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

const LOOK: Duration = Duration::from_millis(200);

/// Looks again and again until it is so; says how long it took.
pub(crate) fn wait_until(
    what: &str,
    within: Duration,
    mut is_so: impl FnMut() -> Result<bool>,
) -> Result<Duration> {
    let started = Instant::now();
    while !is_so()? {
        if started.elapsed() > within {
            bail!("{what}: not so after {} s", within.as_secs());
        }
        pause(LOOK);
    }
    Ok(started.elapsed())
}

/// For what happens at a pace, not for waiting until something is ready.
pub(crate) fn pause(time: Duration) {
    let until = Instant::now() + time;
    while let Some(left) =
        until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    {
        std::thread::park_timeout(left);
    }
}
