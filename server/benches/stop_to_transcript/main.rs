//! From Stop to the receipt and to the whole transcript, beside "upload whole, then transcribe", against one provider
//! in one run; and what a minute of speech costs on the wire.
//!
//! `cargo xtask bench stop-to-transcript` and `cargo xtask bench wire`, or with DATABASE_URL of a cluster in which
//! databases may be made: `cargo bench --profile dev -p medrecord-server --bench stop_to_transcript -- [MINUTES…]`.

mod clinic;
mod line;
mod provider;
mod whole;
mod wire;

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use self::clinic::Clinic;
use self::provider::Provider;

/// Source and provider run so many times faster than real; what our own code costs does not.
const TIMES: u32 = 30;

#[tokio::main]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let minutes: Vec<u32> = words.iter().filter_map(|word| word.parse().ok()).collect();
    if words.iter().any(|word| word == "wire") {
        return wire::run(minutes.first().copied().unwrap_or(10)).await;
    }
    let minutes = if minutes.is_empty() { vec![1, 10, 60, 120] } else { minutes };
    println!(
        "The source is paced {TIMES} times faster than speech, and the provider answers after \
         ({:?} + {} % of the audio's length) / {TIMES}.\nBoth flows run on this machine over \
         loopback, in the development profile; neither pays for a network.\n",
        provider::FIXED,
        provider::PERCENT_OF_LENGTH,
    );
    println!(
        "{:>10} {:>50} {:>24}",
        "", "segments, as spoken: from Stop to", "whole, after Stop: to"
    );
    println!(
        "{:>10} {:>12} {:>12} {:>12} {:>11} {:>24}",
        "speech", "receipt", "transcript", "last segment", "left", "transcript"
    );
    let mut all = Vec::new();
    for minutes in minutes {
        let pcm = clinic::speech(minutes)?;
        let wav = clinic::wav(&pcm)?;
        let ours = segments(wav.path(), pcm.len() as u64).await?;
        let whole = whole::upload_then_transcribe(wav.path(), Provider).await?;
        println!(
            "{minutes:>6} min {:>9} ms {:>9} ms {:>10.1} s {:>11} {:>21} ms",
            ours.receipt.as_millis(),
            ours.transcript.as_millis(),
            ours.last_segment,
            ours.outstanding,
            whole.as_millis(),
        );
        all.push((ours, whole));
    }
    if let [(first, first_whole), .., (last, last_whole)] = &all[..] {
        let ratio = |last: Duration, first: Duration| last.as_secs_f64() / first.as_secs_f64();
        println!(
            "last/first {:>10.2} × {:>10.2} × {:>47.1} ×   (aim: at most 1.1 ×, flat)",
            ratio(last.receipt, first.receipt),
            ratio(last.transcript, first.transcript),
            ratio(*last_whole, *first_whole),
        );
    }
    Ok(())
}

struct Measured {
    receipt: Duration,
    transcript: Duration,
    /// Segments without their text when the last word was said.
    outstanding: i64,
    /// Seconds of speech in it.
    last_segment: f64,
}

/// Records, syncs and transcribes at once; the time counts from when the recorder has the last word.
async fn segments(wav: &Path, samples: u64) -> Result<Measured> {
    let clinic = Clinic::open().await?;
    let id = clinic.record(wav, TIMES).await?;
    let stop = clinic.stopped(samples).await?;
    let outstanding = clinic.outstanding().await?;
    let (receipt, transcript) = tokio::try_join!(clinic.acknowledged(id), clinic.transcribed())?;
    let last_segment = clinic.last_segment().await?;
    clinic.close().await?;
    let (receipt, transcript) = (receipt - stop, transcript - stop);
    Ok(Measured { receipt, transcript, outstanding, last_segment })
}
