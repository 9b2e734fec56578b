//! The callback of a stream runs in the sound system's own thread: it must not allocate there, for an
//! allocator may lock, and whoever waits loses sound.
#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use cpal::{FromSample, I24, U24};
use medrecord_recorder::audio::Feed;
use rtrb::RingBuffer;

/// Aborts the test's process when something is allocated or freed where it is forbidden.
#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

/// Callbacks of all sizes until the ring is full, and beyond.
fn hears_without_allocating<T: Copy + Default>()
where
    f32: FromSample<T>,
{
    let (into, mut ring) = RingBuffer::new(48_000);
    let lost = Arc::new(AtomicU64::new(0));
    let mut feed = Feed::new(into, lost.clone());
    let samples = [T::default(); 9_600];
    assert_no_alloc(|| {
        for size in [2, 480, 960, 9_600, 9_600, 9_600, 9_600, 9_600, 9_600] {
            feed.heard(&samples[..size]);
        }
    });
    let kept = 2 + 480 + 960 + 4 * 9_600;
    assert_eq!(lost.load(Ordering::Relaxed), 2 * 9_600);
    assert_eq!(ring.read_chunk(ring.slots()).unwrap().len(), kept);
}

#[test]
fn no_callback_allocates_whatever_its_samples_are() {
    hears_without_allocating::<i8>();
    hears_without_allocating::<i16>();
    hears_without_allocating::<I24>();
    hears_without_allocating::<i32>();
    hears_without_allocating::<u8>();
    hears_without_allocating::<u16>();
    hears_without_allocating::<U24>();
    hears_without_allocating::<u32>();
    hears_without_allocating::<f32>();
    hears_without_allocating::<f64>();
}
