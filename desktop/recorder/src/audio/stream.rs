//! Raw samples from a stream as a source: another program speaks, on its own clock.

use std::io::Read;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use medrecord_common::audio::SAMPLE_RATE;

use super::{AudioSource, Captured, SourceError};

/// At most this much is taken at a time: 100 ms.
const BLOCK_BYTES: usize = SAMPLE_RATE as usize / 10 * 2;

/// 16 kHz, mono, 16 bit little endian, no header. It is over when the stream is.
pub struct StreamSource {
    name: String,
    /// From the thread that waits for the stream: whoever reads here never waits longer than asked.
    blocks: Receiver<Vec<f32>>,
}

impl StreamSource {
    /// Reads `stream` in a thread of its own, until its end or until nobody wants its samples.
    ///
    /// # Errors
    /// When the system has no thread for it.
    pub fn start(name: &str, stream: impl Read + Send + 'static) -> Result<Self, SourceError> {
        let (sender, blocks) = channel();
        std::thread::Builder::new()
            .name("stream".to_owned())
            .spawn(move || {
                read_blocks(stream, |block| sender.send(block).is_ok());
            })
            .map_err(|_| SourceError::Unresponsive)?;
        Ok(Self { name: name.to_owned(), blocks })
    }
}

/// A read that fails ends the stream as its end does: what came before is kept.
fn read_blocks(mut stream: impl Read, mut take: impl FnMut(Vec<f32>) -> bool) {
    let mut bytes = [0; BLOCK_BYTES];
    // Of a sample whose second byte has not come yet.
    let mut held = 0;
    loop {
        match stream.read(&mut bytes[held..]) {
            Ok(0) => return,
            Ok(read) => {
                let there = held + read;
                let (samples, rest) = bytes[..there].as_chunks();
                let block = samples.iter().map(|&s| f32::from(i16::from_le_bytes(s)) / 32_768.0);
                if !take(block.collect()) {
                    return;
                }
                held = rest.len();
                bytes.copy_within(there - held..there, 0);
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

impl AudioSource for StreamSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn rate(&self) -> u32 {
        SAMPLE_RATE
    }

    fn channels(&self) -> u16 {
        1
    }

    fn read(&mut self, into: &mut Vec<f32>, timeout: Duration) -> Result<Captured, SourceError> {
        match self.blocks.recv_timeout(timeout) {
            Ok(block) => into.extend(block),
            Err(RecvTimeoutError::Timeout) => return Ok(Captured::Nothing),
            Err(RecvTimeoutError::Disconnected) => return Ok(Captured::End),
        }
        into.extend(self.blocks.try_iter().flatten());
        Ok(Captured::Samples)
    }

    fn discard(&mut self) -> Result<(), SourceError> {
        self.blocks.try_iter().for_each(drop);
        // Its end is found by the next read.
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte more at each read, so that samples are torn in every way.
    struct Torn(Vec<u8>, usize);

    impl Read for Torn {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            self.1 = (self.1 + 1).min(into.len());
            let length = self.1.min(self.0.len());
            into[..length].copy_from_slice(&self.0[..length]);
            self.0.drain(..length);
            Ok(length)
        }
    }

    #[test]
    fn every_sample_of_a_stream_comes_through_once_and_in_order() {
        let samples: Vec<i16> = (0..20_000).map(|n| (n * 7 % 65_536 - 32_768) as i16).collect();
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let mut source = StreamSource::start("torn", Torn(bytes, 0)).unwrap();
        let mut read = Vec::new();
        while source.read(&mut read, Duration::from_secs(60)).unwrap() != Captured::End {}
        let mut resampler = crate::audio::Resampler::new(source.rate(), source.channels());
        let mut heard = Vec::new();
        resampler.push(&read, &mut heard);
        resampler.flush(&mut heard);
        assert_eq!(heard, samples, "at 16 kHz a sample is recorded as it came");
    }
}
