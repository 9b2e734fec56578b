//! FLAC of a segment: 16 kHz, mono, 16 bit in, the very same samples out.

mod frames;

use std::io::Cursor;
use std::panic::catch_unwind;

use flac_codec::decode::{FlacSampleReader, Metadata};
use flac_codec::encode::{FlacSampleWriter, Options};

use super::SAMPLE_RATE;
use crate::segment::MAX_SEGMENT_SAMPLES;

const BITS: u32 = 16;
const CHANNELS: u8 = 1;

/// Why bytes are no FLAC of ours.
#[derive(Debug, thiserror::Error)]
pub enum FlacError {
    #[error("the audio has no samples")]
    Empty,
    #[error(
        "the audio is not {SAMPLE_RATE} Hz mono with {BITS} bits: {rate} Hz, {channels} channels, {bits} bits"
    )]
    Format { rate: u32, channels: u8, bits: u32 },
    #[error("the audio is longer than {limit} samples")]
    TooLong { limit: usize },
    #[error("the audio ends early: {got} of {announced} samples")]
    Truncated { got: usize, announced: u64 },
    #[error("the audio is no readable FLAC: {0}")]
    Codec(String),
}

impl From<flac_codec::Error> for FlacError {
    fn from(error: flac_codec::Error) -> Self {
        Self::Codec(error.to_string())
    }
}

/// Encodes samples (16 kHz, mono) as one FLAC file, and decodes it again: it takes the samples' place, so it is held
/// against them.
///
/// # Errors
/// [`FlacError::Empty`] without samples: FLAC cannot say "none". [`FlacError::Codec`] when the codec cannot write them.
pub fn encode(pcm: &[i16]) -> Result<Vec<u8>, FlacError> {
    if pcm.is_empty() {
        return Err(FlacError::Empty);
    }
    let bytes = write_all(pcm)?;
    if decode_up_to(&bytes, pcm.len()).is_ok_and(|decoded| decoded == pcm) {
        Ok(bytes)
    } else {
        Err(FlacError::Codec("what was encoded is not what was given".to_owned()))
    }
}

fn write_all(pcm: &[i16]) -> Result<Vec<u8>, FlacError> {
    let mut bytes = Cursor::new(Vec::with_capacity(pcm.len()));
    let options = Options::default().no_padding().no_seektable();
    let mut writer = FlacSampleWriter::new(
        &mut bytes,
        options,
        SAMPLE_RATE,
        BITS,
        CHANNELS,
        Some(pcm.len() as u64),
    )?;
    let samples: Vec<i32> = pcm.iter().copied().map(i32::from).collect();
    writer.write(&samples)?;
    writer.finalize()?;
    Ok(bytes.into_inner())
}

/// The number of samples of a segment that is whole, without decoding it: what its frames say of themselves, each
/// under its check sums. A file that this does not settle is decoded.
///
/// # Errors
/// As [`decode`].
pub fn samples(bytes: &[u8]) -> Result<usize, FlacError> {
    // As in `decode_up_to`.
    let counted = catch_unwind(|| frames::count(bytes, SAMPLE_RATE, CHANNELS, BITS));
    match counted.ok().flatten() {
        Some(0) => Err(FlacError::Empty),
        Some(samples) if samples <= MAX_SEGMENT_SAMPLES.into() => Ok(samples as usize),
        Some(_) => Err(FlacError::TooLong { limit: MAX_SEGMENT_SAMPLES as usize }),
        None => decode(bytes).map(|pcm| pcm.len()),
    }
}

/// Decodes a segment: at most [`MAX_SEGMENT_SAMPLES`] samples, however much the bytes claim to hold.
///
/// # Errors
/// When the bytes are no FLAC, of another format than ours, damaged, cut off or too long.
pub fn decode(bytes: &[u8]) -> Result<Vec<i16>, FlacError> {
    decode_up_to(bytes, MAX_SEGMENT_SAMPLES as usize)
}

/// Decodes a whole file of at most `limit` samples; a few bytes of FLAC can stand for hours of silence.
///
/// # Errors
/// As [`decode`].
pub fn decode_up_to(bytes: &[u8], limit: usize) -> Result<Vec<i16>, FlacError> {
    // flac-codec 1.3 panics on some damaged frames (a partition order beyond the block size, for one)
    // before it comes to their check sum; these bytes come from the network.
    catch_unwind(|| read_all(bytes, limit))
        .unwrap_or_else(|_| Err(FlacError::Codec("a frame is damaged".to_owned())))
}

fn read_all(bytes: &[u8], limit: usize) -> Result<Vec<i16>, FlacError> {
    let mut reader = FlacSampleReader::new(bytes)?;
    let (rate, channels) = (reader.sample_rate(), reader.channel_count());
    let bits = reader.bits_per_sample();
    if (rate, channels, bits) != (SAMPLE_RATE, CHANNELS, BITS) {
        return Err(FlacError::Format { rate, channels, bits });
    }
    let announced = reader.total_samples();
    if announced.is_some_and(|announced| announced > limit as u64) {
        return Err(FlacError::TooLong { limit });
    }
    let mut pcm = Vec::with_capacity(announced.unwrap_or(0) as usize);
    loop {
        let block = reader.fill_buf()?;
        if block.is_empty() {
            break;
        }
        if pcm.len() + block.len() > limit {
            return Err(FlacError::TooLong { limit });
        }
        // The format was checked: 16 bits a sample.
        pcm.extend(block.iter().map(|&sample| sample as i16));
        let read = block.len();
        reader.consume(read);
    }
    match announced {
        _ if pcm.is_empty() => Err(FlacError::Empty),
        Some(announced) if announced != pcm.len() as u64 => {
            Err(FlacError::Truncated { got: pcm.len(), announced })
        }
        _ => Ok(pcm),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        BITS, CHANNELS, FlacError, SAMPLE_RATE, decode, decode_up_to, encode, frames, samples,
    };

    fn count(bytes: &[u8]) -> Option<u64> {
        std::panic::catch_unwind(|| frames::count(bytes, SAMPLE_RATE, CHANNELS, BITS))
            .ok()
            .flatten()
    }

    fn noise(samples: usize) -> Vec<i16> {
        (0..samples as i32).map(|n| (n.wrapping_mul(n) % 20_011 - 10_000) as i16).collect()
    }

    proptest! {
        #[test]
        fn samples_survive_the_round_trip(pcm in prop::collection::vec(any::<i16>(), 1..20_000)) {
            let bytes = encode(&pcm).unwrap();
            prop_assert_eq!(count(&bytes), Some(pcm.len() as u64));
            prop_assert_eq!(decode(&bytes).unwrap(), pcm);
        }

        #[test]
        fn a_file_that_was_changed_in_its_frames_is_not_counted(
            at in any::<prop::sample::Index>(), bit in 0_u8..8,
        ) {
            let mut bytes = encode(&noise(12_000)).unwrap();
            let frames = bytes.windows(2).position(|pair| pair == [0xFF, 0xF8]).unwrap();
            let at = frames + at.index(bytes.len() - frames);
            bytes[at] ^= 1 << bit;
            prop_assert_eq!(count(&bytes), None);
        }

        #[test]
        fn what_is_counted_is_what_is_decoded(
            at in 0_usize..2_000, value in any::<u8>(), keep in 0_usize..9_000,
        ) {
            let mut bytes = encode(&noise(5_000)).unwrap();
            let at = at % bytes.len();
            bytes[at] = value;
            bytes.truncate(keep);
            if let Some(counted) = count(&bytes) {
                prop_assert_eq!(counted, decode(&bytes).unwrap().len() as u64);
            }
        }

        #[test]
        fn damaged_bytes_are_an_error_or_samples_but_never_a_panic(
            at in 0_usize..2_000, value in any::<u8>(), keep in 0_usize..4_000,
        ) {
            let mut bytes = encode(&noise(3_000)).unwrap();
            let at = at % bytes.len();
            bytes[at] = value;
            bytes.truncate(keep.min(bytes.len()));
            let _ = (decode(&bytes), samples(&bytes));
        }
    }

    #[test]
    fn a_frame_that_makes_the_codec_panic_is_an_error() {
        let mut bytes = encode(&noise(3_000)).unwrap();
        bytes[53] = 48;
        bytes.truncate(54);
        assert!(matches!(decode(&bytes), Err(FlacError::Codec(_))));
        assert!(matches!(samples(&bytes), Err(FlacError::Codec(_))));
    }

    #[test]
    fn silence_of_thirty_seconds_is_small_and_exact() {
        let bytes = encode(&vec![0; 480_000]).unwrap();
        assert!(bytes.len() < 4_096, "{} bytes", bytes.len());
        assert_eq!(decode(&bytes).unwrap(), vec![0; 480_000]);
    }

    #[test]
    fn a_segment_of_one_sample_is_a_segment() {
        assert_eq!(decode(&encode(&[-32_768]).unwrap()).unwrap(), [-32_768]);
        assert!(matches!(encode(&[]), Err(FlacError::Empty)));
    }

    #[test]
    fn longer_than_the_limit_is_refused_before_it_is_decoded() {
        let bytes = encode(&[1; 1_000]).unwrap();
        assert!(matches!(decode_up_to(&bytes, 999), Err(FlacError::TooLong { limit: 999 })));
        assert!(decode_up_to(&bytes, 1_000).is_ok());
        let bytes = encode(&vec![1; 480_001]).unwrap();
        assert!(matches!(samples(&bytes), Err(FlacError::TooLong { limit: 480_000 })));
    }

    #[test]
    fn cut_off_bytes_are_refused() {
        let bytes = encode(&(0..9_000).map(|n| (n % 251) as i16).collect::<Vec<_>>()).unwrap();
        assert!(decode(&bytes[..bytes.len() - 20]).is_err());
        assert!(decode(&bytes[..10]).is_err());
        assert!(decode(b"").is_err());
        assert!(decode(b"RIFF is not FLAC").is_err());
    }
}
