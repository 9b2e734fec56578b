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

#[cfg(test)]
mod tests {
    use super::parse;

    fn wav(channels: u8, samples: &[i16]) -> Vec<u8> {
        let mut bytes = b"RIFF....WAVEfmt \x10\0\0\0\x01\0".to_vec();
        bytes.extend([channels, 0, 0x80, 0x3e, 0, 0, 0, 0, 0, 0, 2, 0, 16, 0]);
        bytes.extend(b"note\x03\0\0\0abc\0data");
        bytes.extend((samples.len() as u32 * 2).to_le_bytes());
        bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        bytes
    }

    #[test]
    fn samples_are_read_past_chunks_of_other_kinds() {
        assert_eq!(parse(&wav(1, &[1, -2, 3])).unwrap(), (16_000, vec![1, -2, 3]));
        assert_eq!(parse(&wav(1, &[])).unwrap(), (16_000, vec![]));
    }

    #[test]
    fn what_is_not_16_bit_mono_is_refused() {
        assert!(parse(&wav(2, &[1, 2])).is_err());
        assert!(parse(b"RIFF").is_err());
    }
}
