//! FLAC, MP3, M4A, OGG Vorbis and Opus as `f32`: symphonia takes the file apart, libopus decodes Opus.
//!
//! What is damaged in the middle becomes silence of its length, so that what follows stays in its place.

use std::io::{self, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, TimeBase};

use super::SourceError;
use super::file::Bytes;
use super::wav::{CHANNELS, RATES};

/// libopus decodes at this rate, whatever was encoded (RFC 7845).
const OPUS_RATE: u32 = 48_000;
/// The longest Opus packet: 120 ms.
const OPUS_FRAMES: usize = 5_760;
/// A file that ends so much before the end it announced was cut off.
const MISSING_SECONDS: u64 = 1;

/// A packet so much later than expected (1/50 s) comes after a hole; less is rounding.
const HOLE: u64 = 50;
/// No hole is believed to be longer than this, in seconds.
const LONGEST_HOLE: u64 = 600;

/// A compressed file, read from its first sample to its last.
pub(super) struct Coded {
    pub(super) rate: u32,
    pub(super) channels: u16,
    format: Box<dyn FormatReader>,
    decoder: Decoder,
    track: u32,
    time_base: Option<TimeBase>,
    /// Frames that the file says it has.
    announced: Option<u64>,
    /// Decoded and not yet read: the first packet.
    ready: Vec<f32>,
    /// Frames up to here, holes included.
    decoded: u64,
    /// What the file's clock says, in frames, when nothing is decoded yet; from the second packet,
    /// because an encoder's delay is cut off the first.
    clock_at_start: Option<i64>,
    broken_at: Option<u64>,
}

enum Decoder {
    Symphonia(Box<dyn AudioDecoder>),
    Opus { decoder: Box<opus::Decoder>, channels: u16 },
}

/// Samples of one packet.
struct Decoded {
    rate: u32,
    channels: u16,
    samples: Vec<f32>,
}

impl Coded {
    /// `path` is how the file is called in errors.
    pub(super) fn open(
        file: Box<dyn Bytes>,
        length: u64,
        path: &Path,
    ) -> Result<Self, SourceError> {
        let not_sound = || SourceError::NotSound { path: path.to_owned() };
        let unsupported = |reason: &str| SourceError::Unsupported {
            path: path.to_owned(),
            reason: reason.to_owned(),
        };
        let format = probe(Stream { file, length }, path).ok_or_else(not_sound)?;
        let track = format.default_track(TrackType::Audio).ok_or_else(not_sound)?;
        let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
        let decoder = parameters
            .and_then(Decoder::new)
            .ok_or_else(|| unsupported("its compression is not known"))?;
        let (track, time_base, announced) = (track.id, track.time_base, track.num_frames);
        let mut coded = Self {
            rate: 0,
            channels: 0,
            format,
            decoder,
            track,
            time_base,
            announced,
            ready: Vec::new(),
            decoded: 0,
            clock_at_start: None,
            broken_at: None,
        };
        // What is really in it (AAC's header may say something else) is known from the first sound.
        let first = coded.first().ok_or(SourceError::NoSound { path: path.to_owned() })?;
        if !RATES.contains(&first.rate) || !CHANNELS.contains(&first.channels) {
            let (rate, channels) = (first.rate, first.channels);
            return Err(unsupported(&format!("{rate} samples a second, {channels} channels")));
        }
        coded.rate = first.rate;
        coded.channels = first.channels;
        coded.decoded = (first.samples.len() / usize::from(first.channels)) as u64;
        coded.ready = first.samples;
        Ok(coded)
    }

    /// Appends at least `frames` frames; none at the end of the file.
    pub(super) fn read(&mut self, into: &mut Vec<f32>, frames: usize) -> usize {
        let width = usize::from(self.channels);
        let mut samples = std::mem::take(&mut self.ready);
        while samples.len() < frames * width {
            let Some(packet) = self.next_packet() else { break };
            let before = samples.len();
            self.fill_hole(&packet, &mut samples);
            self.decode(&packet, &mut samples);
            self.decoded += ((samples.len() - before) / width) as u64;
        }
        let allowance = MISSING_SECONDS * u64::from(self.rate);
        let missing = |announced: u64| announced > self.decoded + allowance;
        if samples.is_empty() && self.announced.is_some_and(missing) {
            self.break_here();
        }
        into.extend_from_slice(&samples);
        samples.len() / width
    }

    /// The first frame that could not be read, if the file is damaged or was cut off.
    pub(super) const fn broken_at(&self) -> Option<u64> {
        self.broken_at
    }

    fn break_here(&mut self) {
        self.broken_at.get_or_insert(self.decoded);
    }

    /// Packets that cannot be decoded before the first sound are passed over.
    fn first(&mut self) -> Option<Decoded> {
        while let Some(packet) = self.next_packet() {
            let decoded = self.decoder.decode(&packet, self.time_base);
            if let Some(decoded) = decoded.filter(|decoded| !decoded.samples.is_empty()) {
                return Some(decoded);
            }
        }
        None
    }

    fn next_packet(&mut self) -> Option<Packet> {
        loop {
            let next = catch_unwind(AssertUnwindSafe(|| self.format.next_packet()));
            match next {
                Ok(Ok(Some(packet))) if packet.track_id == self.track => return Some(packet),
                Ok(Ok(Some(_))) => {}
                Ok(Ok(None)) => return None,
                // Nothing more is to be had of it.
                Ok(Err(_)) | Err(_) => {
                    self.break_here();
                    return None;
                }
            }
        }
    }

    /// Readers pass over what they cannot make sense of; an Opus encoder leaves out silence itself.
    fn fill_hole(&mut self, packet: &Packet, into: &mut Vec<f32>) {
        let Some(at) = self.frames(packet.pts.get()) else { return };
        let decoded = i64::try_from(self.decoded).unwrap_or(i64::MAX);
        let start = *self.clock_at_start.get_or_insert(at - decoded);
        let missing = u64::try_from(at - start - decoded).unwrap_or(0);
        let rate = u64::from(self.rate);
        if missing < rate / HOLE {
            return;
        }
        if !matches!(self.decoder, Decoder::Opus { .. }) {
            self.break_here();
        }
        let missing = missing.min(LONGEST_HOLE * rate) as usize;
        into.resize(into.len() + missing * usize::from(self.channels), 0.0);
    }

    /// Ticks of the file's clock as frames.
    fn frames(&self, ticks: i64) -> Option<i64> {
        let time_base = self.time_base?;
        let (numerator, denominator) = (time_base.numer.get(), time_base.denom.get());
        let frames = i128::from(ticks) * i128::from(numerator) * i128::from(self.rate);
        // Far from the ends of its range, so that differences cannot overflow.
        i64::try_from(frames / i128::from(denominator)).ok().filter(|at| at.abs() < 1 << 60)
    }

    fn decode(&mut self, packet: &Packet, into: &mut Vec<f32>) {
        let decoded = self.decoder.decode(packet, self.time_base);
        let same =
            |decoded: &Decoded| (decoded.rate, decoded.channels) == (self.rate, self.channels);
        match decoded.filter(same) {
            Some(mut decoded) => into.append(&mut decoded.samples),
            None => {
                self.break_here();
                let frames = frames(packet.dur, self.time_base, self.rate).min(self.rate as usize);
                into.resize(into.len() + frames * usize::from(self.channels), 0.0);
            }
        }
    }
}

/// A file as symphonia wants it.
struct Stream {
    file: Box<dyn Bytes>,
    length: u64,
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.file.read(into)
    }
}

impl Seek for Stream {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl MediaSource for Stream {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length)
    }
}

fn probe(file: Stream, path: &Path) -> Option<Box<dyn FormatReader>> {
    let stream = MediaSourceStream::new(Box::new(file), MediaSourceStreamOptions::default());
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
        hint.with_extension(extension);
    }
    // Bytes of strangers: what panics is no file of ours.
    let opened = catch_unwind(AssertUnwindSafe(|| {
        let (format, metadata) = (FormatOptions::default(), MetadataOptions::default());
        symphonia::default::get_probe().probe(&hint, stream, format, metadata)
    }));
    opened.ok()?.ok()
}

impl Decoder {
    fn new(parameters: &AudioCodecParameters) -> Option<Self> {
        if parameters.codec == CODEC_ID_OPUS {
            let count = parameters.channels.as_ref().map_or(1, |channels| channels.count());
            let channels = match count {
                1 => opus::Channels::Mono,
                2 => opus::Channels::Stereo,
                _ => return None,
            };
            let decoder = Box::new(opus::Decoder::new(OPUS_RATE, channels).ok()?);
            return Some(Self::Opus { decoder, channels: count as u16 });
        }
        let options = AudioDecoderOptions::default();
        let decoder = symphonia::default::get_codecs().make_audio_decoder(parameters, &options);
        decoder.ok().map(Self::Symphonia)
    }

    /// None: the packet is damaged.
    fn decode(&mut self, packet: &Packet, time_base: Option<TimeBase>) -> Option<Decoded> {
        let decoded = catch_unwind(AssertUnwindSafe(|| match self {
            Self::Symphonia(decoder) => {
                let buffer = decoder.decode(packet).ok()?;
                let (rate, channels) = (buffer.spec().rate(), buffer.spec().channels().count());
                let mut samples = Vec::new();
                buffer.copy_to_vec_interleaved(&mut samples);
                Some(Decoded { rate, channels: u16::try_from(channels).ok()?, samples })
            }
            Self::Opus { decoder, channels } => {
                let width = usize::from(*channels);
                let mut samples = vec![0.0; OPUS_FRAMES * width];
                let got = decoder.decode_float(&packet.data, &mut samples, false).ok()?;
                let cut = |trim| frames(trim, time_base, OPUS_RATE).min(got);
                samples.truncate(got.saturating_sub(cut(packet.trim_end)) * width);
                samples.drain(..(cut(packet.trim_start) * width).min(samples.len()));
                Some(Decoded { rate: OPUS_RATE, channels: *channels, samples })
            }
        }));
        decoded.unwrap_or(None)
    }
}

fn frames(duration: Duration, time_base: Option<TimeBase>, rate: u32) -> usize {
    let Some(time_base) = time_base else { return 0 };
    let ticks = u128::from(duration.get()) * u128::from(time_base.numer.get()) * u128::from(rate);
    usize::try_from(ticks / u128::from(time_base.denom.get())).unwrap_or(0)
}

#[cfg(test)]
mod tests;
