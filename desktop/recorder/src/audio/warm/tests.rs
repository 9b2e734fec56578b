//! What is kept of a warm microphone, and what is forgotten.

use std::time::{Duration, Instant};

use super::{Captured, OpenSource, SourceError, Wanted, Warm, WarmMicrophone};
use crate::audio::AudioSource;

/// Counts up: each frame is its number. 1,000 frames a read.
struct Counting(u32);

impl AudioSource for Counting {
    fn name(&self) -> &str {
        "counting"
    }
    fn rate(&self) -> u32 {
        16_000
    }
    fn channels(&self) -> u16 {
        1
    }
    fn read(&mut self, into: &mut Vec<f32>, _: Duration) -> Result<Captured, SourceError> {
        into.extend((self.0..self.0 + 1_000).map(|n| n as f32));
        self.0 += 1_000;
        Ok(Captured::Samples)
    }
    fn discard(&mut self) -> Result<(), SourceError> {
        Ok(())
    }
}

fn warm(reads: u32) -> Warm {
    let mut warm = Warm::new(Box::new(Counting(0)));
    (0..reads).for_each(|_| warm.listen(Duration::ZERO).unwrap());
    warm
}

#[test]
fn two_seconds_are_kept_and_no_more() {
    let warm = warm(100);
    assert_eq!(warm.heard.len(), 32_000);
    assert_eq!(warm.heard.last(), Some(&99_999.0));
}

#[test]
fn a_take_gets_what_came_since_its_key_and_goes_on_without_a_gap() {
    let pressed = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
    let mut warm = warm(50).since(pressed).unwrap();
    let mut all = Vec::new();
    for _ in 0..3 {
        assert_eq!(warm.read(&mut all, Duration::ZERO), Ok(Captured::Samples));
    }
    // A second, a moment for this test, and two reads.
    let first = all[0] as usize;
    assert!((50_000 - 16_000..=51_000 - 16_000).contains(&first), "{first}");
    assert!(all.iter().enumerate().all(|(n, sample)| *sample == (first + n) as f32));
}

#[test]
fn nothing_from_before_the_key_is_recorded() {
    let after = Instant::now() + Duration::from_secs(1);
    assert!(warm(50).since(after).unwrap().heard.is_empty());
}

#[test]
fn what_cannot_be_opened_is_opened_by_the_take() {
    let mut tries = 0;
    let open: OpenSource = Box::new(move |_| {
        tries += 1;
        if tries == 1 { Err(SourceError::NoMicrophone) } else { Ok(Box::new(Counting(0))) }
    });
    let warm = WarmMicrophone::start(open).unwrap();
    let mut open = warm.hand_over(Instant::now()).unwrap();
    assert_eq!(open(Wanted::Any).unwrap().name(), "counting");
}
