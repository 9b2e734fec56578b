//! A stream of a microphone in a thread of its own, which opens it, keeps it, and looks after its device.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;

use cpal::traits::{DeviceTrait as _, HostTrait as _, StreamTrait as _};
use cpal::{BufferSize, Device, ErrorKind, Host, Stream, StreamConfig};
use rtrb::{Consumer, RingBuffer};

use super::feed::Feed;
use crate::audio::{SourceError, connection};

/// Longer than anything that may hold up the thread that reads.
const RING_SECONDS: usize = 12;
/// Frames. Measured: 480 loses audio under load without a word, the default comes in bursts of 2 s.
const BUFFER: BufferSize = BufferSize::Fixed(4_800);
/// A sound server that has just started takes 2 s to play a stream.
const OPEN_TIMEOUT: Duration = Duration::from_secs(8);
/// How often it is asked whether the device is still there: PulseAudio moves a stream to another one
/// without a word.
const PRESENCE: Duration = Duration::from_secs(1);

/// What the stream's thread hands over.
pub(super) struct Opened {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) rate: u32,
    pub(super) channels: u16,
    pub(super) ring: Consumer<f32>,
    /// Samples that found the ring full.
    pub(super) lost: Arc<AtomicU64>,
    pub(super) errors: Receiver<cpal::Error>,
    /// Closed when this is dropped: the stream's thread ends.
    _stop: Sender<()>,
}

/// Opens the microphone with this id, or the default one, in a thread that lives as long as the result.
pub(super) fn open(id: Option<&str>) -> Result<Opened, SourceError> {
    let id = id.map(ToOwned::to_owned);
    let (answer, opened) = sync_channel(1);
    std::thread::Builder::new()
        .name("microphone".to_owned())
        .spawn(move || keep(id.as_deref(), &answer))
        .map_err(|_| SourceError::Unresponsive)?;
    opened.recv_timeout(OPEN_TIMEOUT).map_err(|_| {
        connection::forget();
        SourceError::Unresponsive
    })?
}

fn keep(id: Option<&str>, answer: &SyncSender<Result<Opened, SourceError>>) {
    let (stop, stopped) = channel();
    let (fail, errors) = sync_channel(1);
    let Some(host) = connection::host() else {
        return drop(answer.send(Err(SourceError::NoMicrophone)));
    };
    let (stream, opened) = match open_stream(&host, id, fail.clone(), errors, stop) {
        Ok(opened) => opened,
        Err(error) => return drop(answer.send(Err(error))),
    };
    let id = opened.id.clone();
    if answer.send(Ok(opened)).is_err() {
        return;
    }
    // Until the source is dropped.
    while stopped.recv_timeout(PRESENCE) == Err(RecvTimeoutError::Timeout) {
        if connection::is_server(&host) && is_gone(&host, &id) {
            let _ = fail.try_send(cpal::Error::new(ErrorKind::DeviceNotAvailable));
        }
    }
    drop(stream);
}

/// Whether the server answers and no longer knows the device. One that does not answer shows otherwise.
fn is_gone(host: &Host, id: &str) -> bool {
    let Ok(devices) = host.input_devices() else { return false };
    !devices.into_iter().any(|device| device.id().is_ok_and(|other| other.to_string() == id))
}

pub(super) fn name_of(device: &Device) -> String {
    device.description().map_or_else(|_| device.to_string(), |about| about.name().to_owned())
}

fn open_stream(
    host: &Host,
    id: Option<&str>,
    fail: SyncSender<cpal::Error>,
    errors: Receiver<cpal::Error>,
    stop: Sender<()>,
) -> Result<(Stream, Opened), SourceError> {
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
    let feed = Feed::new(into, lost.clone());
    let stream = feed.build(&device, config, format, fail).map_err(unusable)?;
    stream.play().map_err(unusable)?;
    let id = device.id().map(|id| id.to_string()).unwrap_or_default();
    Ok((stream, Opened { id, name, rate, channels, ring, lost, errors, _stop: stop }))
}

/// The first words of an error, without a full stop.
fn plain(error: &cpal::Error) -> String {
    error.to_string().trim_end_matches('.').to_owned()
}
