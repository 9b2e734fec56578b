//! What happens in the sound system's own thread: samples are copied into a ring, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;

use cpal::traits::DeviceTrait as _;
use cpal::{
    Device, ErrorKind, FromSample, I24, SampleFormat, SizedSample, Stream, StreamConfig, U24,
};
use rtrb::Producer;

/// The writing end of a ring.
pub struct Feed {
    into: Producer<f32>,
    /// Samples that found no room.
    lost: Arc<AtomicU64>,
}

impl Feed {
    #[must_use]
    pub const fn new(into: Producer<f32>, lost: Arc<AtomicU64>) -> Self {
        Self { into, lost }
    }

    /// The callback: no lock, no allocation, no I/O in here. A whole callback is taken or none of it, so
    /// that the channels stay in step.
    pub fn heard<T: Copy>(&mut self, samples: &[T])
    where
        f32: FromSample<T>,
    {
        match self.into.write_chunk_uninit(samples.len()) {
            Ok(chunk) => {
                chunk.fill_from_iter(samples.iter().map(|sample| f32::from_sample_(*sample)));
            }
            Err(_) => {
                self.lost.fetch_add(samples.len() as u64, Ordering::Relaxed);
            }
        }
    }

    /// Builds a stream that feeds the ring.
    pub(super) fn build(
        self,
        device: &Device,
        config: StreamConfig,
        format: SampleFormat,
        fail: SyncSender<cpal::Error>,
    ) -> Result<Stream, cpal::Error> {
        match format {
            SampleFormat::I8 => self.build_as::<i8>(device, config, fail),
            SampleFormat::I16 => self.build_as::<i16>(device, config, fail),
            SampleFormat::I24 => self.build_as::<I24>(device, config, fail),
            SampleFormat::I32 => self.build_as::<i32>(device, config, fail),
            SampleFormat::U8 => self.build_as::<u8>(device, config, fail),
            SampleFormat::U16 => self.build_as::<u16>(device, config, fail),
            SampleFormat::U24 => self.build_as::<U24>(device, config, fail),
            SampleFormat::U32 => self.build_as::<u32>(device, config, fail),
            SampleFormat::F32 => self.build_as::<f32>(device, config, fail),
            SampleFormat::F64 => self.build_as::<f64>(device, config, fail),
            _ => Err(cpal::Error::new(ErrorKind::UnsupportedConfig)),
        }
    }

    fn build_as<T: SizedSample>(
        mut self,
        device: &Device,
        config: StreamConfig,
        fail: SyncSender<cpal::Error>,
    ) -> Result<Stream, cpal::Error>
    where
        f32: FromSample<T>,
    {
        let heard = move |samples: &[T], _: &cpal::InputCallbackInfo| self.heard(samples);
        let failed = move |error: cpal::Error| match error.kind() {
            // The stream goes on.
            ErrorKind::DeviceChanged | ErrorKind::Xrun | ErrorKind::RealtimeDenied => {}
            // The first one counts; some hosts report thousands.
            _ => drop(fail.try_send(error)),
        };
        device.build_input_stream(config, heard, failed, None)
    }
}
