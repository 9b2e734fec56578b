//! Every byte both ways for a recording at the speed of life, beside the FLAC of the same samples as one file.

use anyhow::Result;
use medrecord_common::audio::flac;

use super::clinic::{self, Clinic};

/// More than the FLAC alone, in percent.
const AIM: f64 = 5.0;

/// Records so many minutes, as long as they last, and counts until the draft is back.
pub(crate) async fn run(minutes: u32) -> Result<()> {
    let pcm = clinic::speech(minutes)?;
    let one_file = flac::encode(&pcm)?.len() as f64;
    let wav = clinic::wav(&pcm)?;
    let clinic = Clinic::open().await?;
    let before = clinic.line.passed();
    let id = clinic.record(wav.path(), 1).await?;
    clinic.drafted(id).await?;
    let after = clinic.line.passed();
    let (stored, segments) = clinic.stored().await?;
    clinic.close().await?;
    let (up, down) = ((after.up - before.up) as f64, (after.down - before.down) as f64);
    println!(
        "{minutes} minutes of the shipped speech at its own speed, over HTTP/1.1: all bytes from the recording's start \
         to its draft\non the workstation, headers, questions and reports included; without TLS.\n"
    );
    let row = |name: &str, bytes: f64| {
        let more = (bytes / one_file - 1.0) * 100.0;
        println!("{name:>34} {:>10.1} kB/min {more:>+8.2} %", bytes / 1e3 / f64::from(minutes));
    };
    row("FLAC, as one file", one_file);
    row(&format!("FLAC, in {segments} segments"), stored as f64);
    row("up, with headers and JSON", up);
    row("both ways", up + down);
    println!(
        "\nAim: at most {AIM} % more than the file. {:.0} bytes a segment are not audio; {} connections.",
        (up + down - stored as f64) / segments as f64,
        after.connections,
    );
    Ok(())
}
