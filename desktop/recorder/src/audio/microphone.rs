//! A microphone of the system, by cpal.
//!
//! Stream callback → lock-free ring → [`MicrophoneSource::read`]. The callback only copies into the
//! ring. The stream lives in a thread of its own: opening may block for seconds, and a device that
//! died may block for ever; such a thread is left alone, never waited for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::{Duration, Instant};

use cpal::traits::{DeviceTrait as _, HostTrait as _, StreamTrait as _};
use cpal::{
    BufferSize, Device, ErrorKind, FromSample, I24, SampleFormat, SizedSample, Stream,
    StreamConfig, U24,
};
use medrecord_common::workstation::Microphone;
use rtrb::{Consumer, Producer, RingBuffer};

use super::{AudioSource, Captured, SourceError};

/// Longer than anything that may hold up the thread that reads.
const RING_SECONDS: usize = 12;
/// Frames. Measured: 480 loses audio under load without a word, the default comes in bursts of 2 s.
const BUFFER: BufferSize = BufferSize::Fixed(4_800);
/// A sound server that has just started takes 2 s to play a stream.
const OPEN_TIMEOUT: Duration = Duration::from_secs(8);
/// Without a callback for so long, the device is gone: cpal often says nothing.
const STALL: Duration = Duration::from_secs(1);
/// The first callback may take longer.
const FIRST_STALL: Duration = Duration::from_secs(3);
/// How often the ring is looked at: the callback must not wake anyone.
const POLL: Duration = Duration::from_millis(20);

/// The microphones of the system, the default one first. Empty when there is no sound system.
#[must_use]
pub fn microphones() -> Vec<Microphone> {
    let host = cpal::default_host();
    let default = host.default_input_device().and_then(|device| device.id().ok());
    let devices = host.input_devices().into_iter().flatten();
    let mut found: Vec<Microphone> = devices
        .filter_map(|device| {
            let id = device.id().ok()?;
            let is_default = default.as_ref() == Some(&id);
            Some(Microphone { id: id.to_string(), name: name_of(&device), is_default })
        })
        // What a loudspeaker plays is no microphone, unless the system is set up so.
        .filter(|microphone| microphone.is_default || !microphone.id.ends_with(".monitor"))
        .collect();
    found.sort_by_key(|microphone| !microphone.is_default);
    found.dedup_by(|one, other| one.id == other.id);
    found
}

/// A running microphone; dropping it ends its stream.
pub struct MicrophoneSource {
    opened: Opened,
    stands_in: bool,
    errors: Receiver<cpal::Error>,
    /// Without samples since this much waiting; a computer that slept does not count.
    waited: Duration,
    heard: bool,
    /// Closed when this is dropped: the stream's thread ends.
    _stop: Sender<()>,
}

/// What the stream's thread hands over.
struct Opened {
    id: String,
    name: String,
    rate: u32,
    channels: u16,
    ring: Consumer<f32>,
    /// Samples that found the ring full.
    lost: Arc<AtomicU64>,
}

impl MicrophoneSource {
    /// Opens the microphone with this stable id, or the system's default one. Blocks for up to 8 s.
    ///
    /// # Errors
    /// When there is none, it is not connected, or it cannot be used.
    pub fn open(id: Option<&str>) -> Result<Self, SourceError> {
        let id = id.map(ToOwned::to_owned);
        let (stop, stopped) = channel::<()>();
        let (fail, errors) = sync_channel(1);
        let (answer, opened) = sync_channel(1);
        std::thread::Builder::new()
            .name("microphone".to_owned())
            .spawn(move || {
                let stream = open_stream(id.as_deref(), fail);
                let Ok(stream) =
                    stream.map_err(|error| answer.send(Err(error))).and_then(|(stream, opened)| {
                        answer.send(Ok(opened)).map(|()| stream).map_err(Err)
                    })
                else {
                    return;
                };
                // Until the source is dropped.
                let _ = stopped.recv();
                drop(stream);
            })
            .map_err(|_| SourceError::Unresponsive)?;
        let opened = opened.recv_timeout(OPEN_TIMEOUT).map_err(|_| SourceError::Unresponsive)??;
        let waited = Duration::ZERO;
        Ok(Self { opened, stands_in: false, errors, waited, heard: false, _stop: stop })
    }

    /// The same, as one that stands in for the chosen one, unless it is that.
    #[must_use]
    pub(super) fn standing_in_for(mut self, chosen: Option<&str>) -> Self {
        self.stands_in = chosen != Some(&self.opened.id);
        self
    }

    /// Stable, also across starts of the computer.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.opened.id
    }

    fn lost(&self, error: &cpal::Error) -> SourceError {
        tracing::warn!(%error, "the microphone's stream failed");
        SourceError::Lost { name: self.opened.name.clone() }
    }

    /// Moves what the ring holds into `into`.
    fn empty_ring(&mut self, into: &mut Vec<f32>) -> bool {
        let ring = &mut self.opened.ring;
        let Ok(chunk) = ring.read_chunk(ring.slots()) else { return false };
        let any = !chunk.is_empty();
        let (first, second) = chunk.as_slices();
        into.extend_from_slice(first);
        into.extend_from_slice(second);
        chunk.commit_all();
        if any {
            (self.heard, self.waited) = (true, Duration::ZERO);
        }
        any
    }

    fn check_stall(&mut self, waited: Duration) -> Result<(), SourceError> {
        // Not more than was meant to be waited: after a sleep the device gets its time.
        self.waited += waited.min(2 * POLL);
        let limit = if self.heard { STALL } else { FIRST_STALL };
        if self.waited < limit {
            return Ok(());
        }
        Err(SourceError::Stalled { name: self.opened.name.clone() })
    }
}

impl AudioSource for MicrophoneSource {
    fn name(&self) -> &str {
        &self.opened.name
    }

    fn rate(&self) -> u32 {
        self.opened.rate
    }

    fn channels(&self) -> u16 {
        self.opened.channels
    }

    fn read(&mut self, into: &mut Vec<f32>, timeout: Duration) -> Result<Captured, SourceError> {
        let began = Instant::now();
        loop {
            // What was heard before an error is read before the error is told.
            if self.empty_ring(into) {
                return Ok(Captured::Samples);
            }
            let left = timeout.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Ok(Captured::Nothing);
            }
            let before = Instant::now();
            match self.errors.recv_timeout(POLL.min(left)) {
                Ok(error) if !self.empty_ring(into) => return Err(self.lost(&error)),
                // The samples now; without callbacks it is a stall the next time.
                Ok(_) => return Ok(Captured::Samples),
                // The callback that could report errors is gone, and the stream with it.
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(SourceError::Lost { name: self.opened.name.clone() });
                }
                Err(RecvTimeoutError::Timeout) => self.check_stall(before.elapsed())?,
            }
        }
    }

    fn discard(&mut self) -> Result<(), SourceError> {
        self.empty_ring(&mut Vec::new());
        self.opened.lost.store(0, Ordering::Relaxed);
        self.waited = Duration::ZERO;
        match self.errors.try_recv() {
            Ok(error) => Err(self.lost(&error)),
            Err(_) => Ok(()),
        }
    }

    fn take_lost_frames(&mut self) -> u64 {
        self.opened.lost.swap(0, Ordering::Relaxed) / u64::from(self.opened.channels)
    }

    fn is_live(&self) -> bool {
        true
    }

    fn stands_in(&self) -> bool {
        self.stands_in
    }
}

fn name_of(device: &Device) -> String {
    device.description().map_or_else(|_| device.to_string(), |about| about.name().to_owned())
}

fn open_stream(
    id: Option<&str>,
    fail: SyncSender<cpal::Error>,
) -> Result<(Stream, Opened), SourceError> {
    let host = cpal::default_host();
    let device = match id {
        None => host.default_input_device().ok_or(SourceError::NoMicrophone)?,
        Some(id) => {
            let id = id.parse().map_err(|_| SourceError::NotConnected)?;
            host.device_by_id(&id).ok_or(SourceError::NotConnected)?
        }
    };
    let name = name_of(&device);
    let unusable = |error: cpal::Error| match error.kind() {
        ErrorKind::DeviceNotAvailable
        | ErrorKind::HostUnavailable
        | ErrorKind::StreamInvalidated => SourceError::NoMicrophone,
        _ => SourceError::Unusable { name: name.clone(), reason: plain(&error) },
    };
    let supported = device.default_input_config().map_err(unusable)?;
    let format = supported.sample_format();
    let config = StreamConfig { buffer_size: BUFFER, ..supported.config() };
    let (rate, channels) = (config.sample_rate, config.channels);
    let (into, ring) = RingBuffer::new(rate as usize * usize::from(channels) * RING_SECONDS);
    let lost = Arc::new(AtomicU64::new(0));
    let feed = Feed { into, lost: lost.clone(), fail };
    let stream = feed.build(&device, config, format).map_err(unusable)?;
    stream.play().map_err(unusable)?;
    let id = device.id().map(|id| id.to_string()).unwrap_or_default();
    Ok((stream, Opened { id, name, rate, channels, ring, lost }))
}

/// The first words of an error, without a full stop.
fn plain(error: &cpal::Error) -> String {
    error.to_string().trim_end_matches('.').to_owned()
}

/// What the callbacks need.
struct Feed {
    into: Producer<f32>,
    lost: Arc<AtomicU64>,
    fail: SyncSender<cpal::Error>,
}

impl Feed {
    fn build(
        self,
        device: &Device,
        config: StreamConfig,
        format: SampleFormat,
    ) -> Result<Stream, cpal::Error> {
        match format {
            SampleFormat::I8 => self.build_as::<i8>(device, config),
            SampleFormat::I16 => self.build_as::<i16>(device, config),
            SampleFormat::I24 => self.build_as::<I24>(device, config),
            SampleFormat::I32 => self.build_as::<i32>(device, config),
            SampleFormat::U8 => self.build_as::<u8>(device, config),
            SampleFormat::U16 => self.build_as::<u16>(device, config),
            SampleFormat::U24 => self.build_as::<U24>(device, config),
            SampleFormat::U32 => self.build_as::<u32>(device, config),
            SampleFormat::F32 => self.build_as::<f32>(device, config),
            SampleFormat::F64 => self.build_as::<f64>(device, config),
            _ => Err(cpal::Error::new(ErrorKind::UnsupportedConfig)),
        }
    }

    fn build_as<T>(self, device: &Device, config: StreamConfig) -> Result<Stream, cpal::Error>
    where
        T: SizedSample,
        f32: FromSample<T>,
    {
        let Self { mut into, lost, fail } = self;
        // No lock, no allocation, no I/O in here. A whole callback is taken or none of it, so that
        // the channels stay in step.
        let heard = move |samples: &[T], _: &cpal::InputCallbackInfo| match into
            .write_chunk_uninit(samples.len())
        {
            Ok(chunk) => {
                chunk.fill_from_iter(samples.iter().map(|sample| sample.to_sample::<f32>()));
            }
            Err(_) => {
                lost.fetch_add(samples.len() as u64, Ordering::Relaxed);
            }
        };
        let failed = move |error: cpal::Error| match error.kind() {
            // The stream goes on.
            ErrorKind::DeviceChanged | ErrorKind::Xrun | ErrorKind::RealtimeDenied => {}
            // The first one counts; some hosts report thousands.
            _ => drop(fail.try_send(error)),
        };
        device.build_input_stream(config, heard, failed, None)
    }
}
