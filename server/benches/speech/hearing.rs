//! A recording heard as the product hears it: resampled, cut at pauses, each segment with the text before.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use medrecord_common::audio::cut::{Cutter, Segment};
use medrecord_common::audio::flac;
use medrecord_common::audio::voice::{FRAME, Voice};
use medrecord_recorder::audio::{AudioSource as _, Captured, FileSource, Pace, Resampler};
use medrecord_server::speech::guard::{self, Verdict};
use medrecord_server::speech::{SpeechRequest, SpeechToText};

/// Longest recording that is taken from a FLAC file, in samples: an hour.
const MAX_SAMPLES: usize = 3_600 * 16_000;

/// 16 kHz mono of a WAV file of any common form, or of one of our FLAC files.
pub(crate) fn pcm(path: &Path) -> Result<Vec<i16>> {
    if path.extension().is_some_and(|extension| extension == "flac") {
        let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
        return Ok(flac::decode_up_to(&bytes, MAX_SAMPLES)?);
    }
    let mut source = FileSource::open(path, Pace::AsFastAsPossible)
        .with_context(|| path.display().to_string())?;
    let mut resampler = Resampler::new(source.rate(), source.channels());
    let (mut pcm, mut block) = (Vec::new(), Vec::new());
    loop {
        block.clear();
        let found = source.read(&mut block, Duration::ZERO)?;
        resampler.push(&block, &mut pcm);
        if found == Captured::End {
            resampler.flush(&mut pcm);
            return Ok(pcm);
        }
    }
}

/// The segments of a recording, by the recorder's own rule.
pub(crate) fn segments(pcm: &[i16]) -> Vec<Segment> {
    let (mut voice, mut cutter, mut segments) = (Voice::default(), Cutter::new(0), Vec::new());
    for chunk in pcm.chunks(FRAME) {
        let speech = match chunk.try_into() {
            Ok(frame) => voice.hears(frame),
            Err(_) => voice.speaking(),
        };
        let mut rest = chunk;
        while !rest.is_empty() {
            let (taken, segment) = cutter.feed(rest, speech);
            rest = &rest[taken..];
            segments.extend(segment);
        }
    }
    segments.extend(cutter.close());
    segments
}

/// The text of each segment with speech, in order.
pub(crate) async fn texts(
    engine: &dyn SpeechToText,
    segments: &[Segment],
    keywords: &[String],
) -> Result<Vec<String>> {
    let mut texts: Vec<String> = Vec::new();
    for (seq, segment) in
        segments.iter().enumerate().filter(|(_, segment)| segment.header.speech > 0)
    {
        let request = SpeechRequest {
            seq: seq as u32,
            flac: Bytes::from(flac::encode(&segment.pcm)?),
            language: "en".to_owned(),
            keywords: keywords.to_vec(),
            previous_text: texts.last().map(|text| text.as_str().into()),
        };
        let speech_ms = segment.header.speech / 16;
        let heard = engine.transcribe(&request).await?;
        let verdict = match guard::judge(&heard, &request, speech_ms) {
            Verdict::Again { .. } => {
                let request = guard::without_context(&request);
                guard::judge(&engine.transcribe(&request).await?, &request, speech_ms)
            }
            verdict => verdict,
        };
        if let Verdict::Keep(text) = verdict {
            texts.push(text.into_string());
        }
    }
    Ok(texts)
}
