//! Counts the samples of a FLAC file without decoding them: every frame's header, number and check sums must fit.
//!
//! A frame does not say how long it is. It ends where its CRC-16 is right and the header of the next one follows, or
//! the file ends (RFC 9639 §9). That is a hundredth of the work of decoding.

use crc::{CRC_16_UMTS, Crc, Digest, Table};
use flac_codec::metadata::{Metadata as _, Streaminfo};
use flac_codec::stream::{FrameHeader, FrameIterator};
use memchr::memmem;

/// FLAC's CRC-16 (RFC 9639 §9.3); over a frame with its check sum it is 0.
static CRC_16: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_UMTS);

/// The number of samples, when the file is whole and of this format; none when it is not seen to be so.
pub(super) fn count(bytes: &[u8], rate: u32, channels: u8, bits: u32) -> Option<u64> {
    let file = FrameIterator::new(bytes).ok()?;
    let info = file.metadata().streaminfo();
    if (info.sample_rate, info.channels.get(), u32::from(info.bits_per_sample))
        != (rate, channels, bits)
    {
        return None;
    }
    let mut rest = bytes.get(usize::try_from(file.metadata_len()).ok()?..)?;
    let (mut samples, mut number) = (0, 0);
    while !rest.is_empty() {
        let header = header(rest, info, number)?;
        samples += u64::from(u16::from(header.block_size));
        number += 1;
        rest = &rest[length(rest, info, number)?..];
    }
    let announced = file.metadata().total_samples();
    (announced.is_none_or(|announced| announced == samples)).then_some(samples)
}

/// The header of the frame with this number, as the file's own data says its format.
fn header(bytes: &[u8], info: &Streaminfo, number: u64) -> Option<FrameHeader> {
    let header = FrameHeader::read(&mut &bytes[..], info).ok()?;
    let is_ours = header.frame_number.0 == number
        && !header.blocking_strategy
        && u32::from(header.sample_rate) == info.sample_rate
        && header.channel_assignment.count() == info.channels.get()
        && u32::from(header.bits_per_sample) == u32::from(info.bits_per_sample);
    is_ours.then_some(header)
}

/// The length of the frame that the bytes begin with, in bytes; the next one has the number `next`.
fn length(bytes: &[u8], info: &Streaminfo, next: u64) -> Option<usize> {
    let mut sum = CRC_16.digest();
    let mut summed = 0;
    for end in sync_codes(bytes).chain([bytes.len()]) {
        sum.update(&bytes[summed..end]);
        summed = end;
        let is_end = end == bytes.len() || header(&bytes[end..], info, next).is_some();
        if is_end && finished(&sum) == 0 {
            return Some(end);
        }
    }
    None
}

fn finished(sum: &Digest<'static, u16, Table<16>>) -> u16 {
    sum.clone().finalize()
}

/// Where a later frame may begin: 15 bits of sync code, and the bit that says that all blocks are of one size, as the
/// recorder writes them.
fn sync_codes(bytes: &[u8]) -> impl Iterator<Item = usize> {
    memmem::find_iter(bytes, &[0xFF, 0xF8]).skip_while(|at| *at == 0)
}
