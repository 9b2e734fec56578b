//! WAV files of 16 bit mono: all that we read here.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

/// Rate and samples of a file of 16 bit mono.
pub(crate) fn read(path: &Path) -> Result<(u32, Vec<i16>)> {
    let bytes = fs::read(path).with_context(|| format!("read {}", path.display()))?;
    parse(&bytes).with_context(|| format!("{} is no WAV file of 16 bit mono", path.display()))
}

fn parse(bytes: &[u8]) -> Result<(u32, Vec<i16>)> {
    ensure!(bytes.get(8..12) == Some(b"WAVE"), "no WAVE header");
    let mut rate = 0;
    let mut rest = &bytes[12..];
    while let Some((head, after)) = rest.split_first_chunk::<8>() {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let chunk = &after[..length.min(after.len())];
        match &head[..4] {
            b"fmt " => {
                let number = |at: usize| chunk.get(at..at + 2).map(|b| [b[0], b[1]]);
                let (channels, bits) = (number(2), number(14));
                ensure!(channels == Some([1, 0]) && bits == Some([16, 0]), "not 16 bit mono");
                rate = u32::from_le_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]);
            }
            b"data" => {
                return Ok((
                    rate,
                    chunk.as_chunks().0.iter().map(|&b| i16::from_le_bytes(b)).collect(),
                ));
            }
            _ => {}
        }
        rest = after.get(length + length % 2..).unwrap_or_default();
    }
    // A recording without a sample may have been written without the chunk.
    Ok((rate, Vec::new()))
}
