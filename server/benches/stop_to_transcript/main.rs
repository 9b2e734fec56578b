//! From Stop to the whole transcript, beside "upload whole, then transcribe", against one provider in one run.
//!
//! `cargo xtask bench stop-to-transcript`, or with DATABASE_URL of a cluster in which databases may be made:
//! `cargo bench --profile dev -p medrecord-server --bench stop_to_transcript -- [MINUTES…]`.

mod clinic;
mod provider;
mod whole;

use std::time::{Duration, Instant};

use anyhow::Result;

use self::clinic::Clinic;
use self::provider::Provider;

/// Source and provider run so many times faster than real; what our own code costs does not.
const TIMES: u32 = 30;

#[tokio::main]
async fn main() -> Result<()> {
    let minutes: Vec<u32> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let minutes = if minutes.is_empty() { vec![1, 10, 60] } else { minutes };
    println!(
        "The source is paced {TIMES} times faster than speech, and the provider answers after \
         ({:?} + {} % of the audio's length) / {TIMES}.\nBoth flows run on this machine over \
         loopback, in the development profile; neither pays for a network.\n",
        provider::FIXED,
        provider::PERCENT_OF_LENGTH,
    );
    println!(
        "{:>8}  {:>20}  {:>20}  {:>12}",
        "speech", "segments, as spoken", "whole, after Stop", "left at Stop"
    );
    for minutes in minutes {
        let wav = clinic::speech(minutes)?;
        let ours = segments(wav.path(), minutes).await?;
        let whole = whole::upload_then_transcribe(wav.path(), Provider).await?;
        println!(
            "{minutes:>4} min  {:>17} ms  {:>17} ms  {:>12}",
            ours.elapsed.as_millis(),
            whole.as_millis(),
            ours.outstanding,
        );
    }
    Ok(())
}

struct Measured {
    elapsed: Duration,
    /// Segments without their text when the last word was said.
    outstanding: i64,
}

/// Records, syncs and transcribes at once; the time counts from the last word.
async fn segments(wav: &std::path::Path, minutes: u32) -> Result<Measured> {
    let clinic = Clinic::open().await?;
    let began = Instant::now();
    clinic.record(wav, TIMES).await?;
    let stop = began + Duration::from_secs(60) * minutes / TIMES;
    tokio::time::sleep_until(stop.into()).await;
    let outstanding = clinic.outstanding().await?;
    clinic.transcribed().await?;
    let elapsed = stop.elapsed();
    clinic.close().await?;
    Ok(Measured { elapsed, outstanding })
}
