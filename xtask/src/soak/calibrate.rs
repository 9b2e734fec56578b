//! Where the recorder cuts the source: found once, from how far it says it has come.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};

use super::plan::LONGEST;
use super::program::{Program, on_disk_ms};
use super::source::RATE;
use super::speaker::Speaker;

const SPEED: f64 = 10.0;
/// A chunk; whatever else it moves on by was a cut.
const CHUNK_MS: u64 = 500;

/// After how many samples spoken a segment is cut and committed.
pub(super) fn cuts(program: &Program, source: &Arc<Vec<i16>>) -> Result<Vec<f64>> {
    let (mut recording, input) = program.record()?;
    recording.begun().context("the recorder does not record")?;
    let speaker = Speaker::start(source, (LONGEST * f64::from(RATE)) as usize, SPEED, input);
    // It ends when the source does.
    let status = recording.child.wait()?;
    speaker.hush();
    ensure!(status.success(), "the recorder does not stop well: {status}");
    let mut steps: Vec<_> = recording.lines()?.iter().filter_map(on_disk_ms).collect();
    // The last is Stop's.
    steps.pop();
    let cuts: Vec<_> = steps
        .windows(2)
        .filter(|pair| (pair[1] - pair[0]) % CHUNK_MS != 0)
        .map(|pair| pair[1] as f64 / 1_000.0 * f64::from(RATE))
        .collect();
    ensure!(!cuts.is_empty(), "the recorder cut nothing in {LONGEST} s of speech");
    Ok(cuts)
}
