//! A few seconds of a microphone, to hear and to judge before it matters. In memory only.

use std::io::Cursor;
use std::time::{Duration, Instant};

use medrecord_common::audio::SAMPLE_RATE;
use medrecord_common::audio::level::Meter;
use medrecord_common::audio::resample::Resampler;
use medrecord_common::audio::tally::{Finding, Tally};
use medrecord_common::audio::voice::{FRAME, Voice};
use medrecord_common::workstation::{Level, LevelVerdict, TrialVerdict};

use super::{AudioSource, Captured, SourceError};

const READ: Duration = Duration::from_millis(50);
/// From here on a rate is wrong rather than drifting.
const RATE_OFF: f64 = 0.01;

/// What was heard, and what is thought of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    pub microphone: String,
    /// Of the last 5 s.
    pub level: Level,
    pub verdict: TrialVerdict,
    /// 16 kHz, mono, 16 bit.
    pub wav: Vec<u8>,
}

/// Listens for so long and judges; 6 s are enough for each verdict.
///
/// # Errors
/// When the microphone gets lost.
pub fn try_microphone(
    source: &mut dyn AudioSource,
    length: Duration,
) -> Result<Trial, SourceError> {
    let mut hearing = Hearing::new(source);
    let began = Instant::now();
    while began.elapsed() < length {
        let mut captured = Vec::new();
        if source.read(&mut captured, READ)? == Captured::End {
            break;
        }
        if !captured.is_empty() {
            hearing.hear(&captured, began.elapsed());
        }
    }
    Ok(hearing.judge(source.name()))
}

struct Hearing {
    channels: u64,
    declared: f64,
    frames: u64,
    tally: Tally,
    rate_is_wrong: bool,
    sounds: bool,
    resampler: Resampler,
    pcm: Vec<i16>,
}

impl Hearing {
    fn new(source: &dyn AudioSource) -> Self {
        let (rate, channels) = (source.rate(), source.channels());
        Self {
            channels: u64::from(channels),
            declared: f64::from(rate),
            frames: 0,
            tally: Tally::new(rate),
            rate_is_wrong: false,
            sounds: false,
            resampler: Resampler::new(rate, channels),
            pcm: Vec::new(),
        }
    }

    fn hear(&mut self, captured: &[f32], at: Duration) {
        self.frames += captured.len() as u64 / self.channels;
        if let Some(Finding::Rate { hertz }) = self.tally.delivered(at, self.frames) {
            self.rate_is_wrong |= (f64::from(hertz) / self.declared - 1.0).abs() >= RATE_OFF;
        }
        self.sounds |= captured.iter().any(|sample| *sample != 0.0);
        self.resampler.push(captured, &mut self.pcm);
    }

    fn judge(mut self, name: &str) -> Trial {
        self.resampler.flush(&mut self.pcm);
        let (mut voice, mut meter) = (Voice::default(), Meter::default());
        for frame in self.pcm.as_chunks::<FRAME>().0 {
            let speech = voice.hears(frame);
            meter.push(frame, speech);
        }
        let level = meter.level();
        let verdict = match level.verdict {
            _ if !self.sounds => TrialVerdict::OnlyZeros,
            _ if self.rate_is_wrong => TrialVerdict::WrongRate,
            LevelVerdict::Good => TrialVerdict::Good,
            LevelVerdict::TooQuiet => TrialVerdict::TooQuiet,
            LevelVerdict::Clipping => TrialVerdict::Clipping,
            LevelVerdict::Waiting | LevelVerdict::Silent => TrialVerdict::NoSpeech,
        };
        Trial { microphone: name.to_owned(), level, verdict, wav: wav(&self.pcm) }
    }
}

fn wav(pcm: &[i16]) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: SAMPLE_RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = Cursor::new(Vec::new());
    let written = hound::WavWriter::new(&mut bytes, spec).and_then(|mut writer| {
        pcm.iter().try_for_each(|sample| writer.write_sample(*sample))?;
        writer.finalize()
    });
    written.expect("invariant: memory takes what is written, and it is less than 4 GiB");
    bytes.into_inner()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use medrecord_common::audio::flac;
    use medrecord_common::workstation::TrialVerdict;

    use super::{AudioSource, Captured, Hearing, SourceError, Trial};

    /// At 16 kHz mono.
    struct Declared(u32);

    impl AudioSource for Declared {
        fn name(&self) -> &str {
            "headset"
        }
        fn rate(&self) -> u32 {
            self.0
        }
        fn channels(&self) -> u16 {
            1
        }
        fn read(&mut self, _: &mut Vec<f32>, _: Duration) -> Result<Captured, SourceError> {
            Ok(Captured::End)
        }
        fn discard(&mut self) -> Result<(), SourceError> {
            Ok(())
        }
    }

    /// 6 s of speech, so much louder than life.
    fn trial(declared: u32, louder: f32) -> Trial {
        let note = include_bytes!("../../../../fixtures/progress-note.flac");
        let pcm = flac::decode_up_to(note, 16_000 * 600).unwrap();
        let mut hearing = Hearing::new(&Declared(declared));
        for (n, block) in pcm[16_000..7 * 16_000].chunks(800).enumerate() {
            let block: Vec<f32> = block
                .iter()
                .map(|s| (f32::from(*s) / 32_768.0 * louder).clamp(-1.0, 1.0))
                .collect();
            hearing.hear(&block, Duration::from_millis(50 * (n as u64 + 1)));
        }
        hearing.judge("headset")
    }

    #[test]
    fn each_trouble_has_its_verdict() {
        assert_eq!(trial(16_000, 1.0).verdict, TrialVerdict::Good);
        assert_eq!(trial(16_000, 0.01).verdict, TrialVerdict::TooQuiet);
        assert_eq!(trial(16_000, 30.0).verdict, TrialVerdict::Clipping);
        assert_eq!(trial(16_000, 0.0).verdict, TrialVerdict::OnlyZeros);
        assert_eq!(trial(16_320, 1.0).verdict, TrialVerdict::WrongRate);
        assert_eq!(trial(48_000, 1.0).verdict, TrialVerdict::WrongRate);
    }

    #[test]
    fn it_can_be_heard_as_it_was() {
        let trial = trial(16_000, 1.0);
        let wav = hound::WavReader::new(&trial.wav[..]).unwrap();
        assert_eq!((wav.spec().sample_rate, wav.len()), (16_000, 6 * 16_000));
    }
}
