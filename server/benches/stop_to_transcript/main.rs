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
/// One figure says little on a machine that does other things.
const ROUNDS: usize = 3;

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
         loopback, in the development profile; neither pays for a network.\nAll recordings end \
         with the same words. {ROUNDS} rounds over all lengths; each figure is shown, then the medians.\n",
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
    let mut all: Vec<Vec<(Measured, Duration)>> = minutes.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for (minutes, measured) in minutes.iter().zip(&mut all) {
            let pcm = clinic::speech(*minutes)?;
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
            measured.push((ours, whole));
        }
    }
    println!("\nmedians");
    let medians: Vec<[Duration; 3]> = all
        .iter()
        .map(|rounds| {
            [
                median(rounds.iter().map(|(ours, _)| ours.receipt)),
                median(rounds.iter().map(|(ours, _)| ours.transcript)),
                median(rounds.iter().map(|(_, whole)| *whole)),
            ]
        })
        .collect();
    for (minutes, [receipt, transcript, whole]) in minutes.iter().zip(&medians) {
        let [receipt, transcript, whole] = [receipt, transcript, whole].map(Duration::as_millis);
        println!("{minutes:>6} min {receipt:>9} ms {transcript:>9} ms {whole:>46} ms");
    }
    if let [first, .., last] = &medians[..] {
        let ratio = |at: usize| last[at].as_secs_f64() / first[at].as_secs_f64();
        println!(
            "last/first {:>10.2} × {:>10.2} × {:>47.1} ×   (aim: at most 1.1 ×, flat)",
            ratio(0),
            ratio(1),
            ratio(2),
        );
    }
    Ok(())
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
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
