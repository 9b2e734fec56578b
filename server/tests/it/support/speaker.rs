//! Segments made in code, and a speech engine that is told what it hears.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use medrecord_common::PatientText;
use medrecord_common::audio::flac;
use medrecord_common::segment::SegmentHeader;
use medrecord_server::provider::ProviderError;
use medrecord_server::speech::{Heard, SpeechRequest, SpeechToText};

/// Samples of a segment in these tests: one second.
pub(crate) const SAMPLES: u32 = 16_000;

/// A segment that follows its predecessors without a gap; its samples tell its number.
pub(crate) struct Spoken {
    pub(crate) seq: u32,
    pub(crate) header: SegmentHeader,
    pub(crate) pcm: Vec<i16>,
    pub(crate) flac: Vec<u8>,
}

/// Segment number `seq`, with speech in half of it.
pub(crate) fn spoken(seq: u32) -> Spoken {
    segment(seq, SAMPLES / 2)
}

/// Segment number `seq` in which nobody speaks.
pub(crate) fn silent(seq: u32) -> Spoken {
    segment(seq, 0)
}

fn segment(seq: u32, speech: u32) -> Spoken {
    let pcm: Vec<i16> =
        (0..SAMPLES).map(|sample| ((sample * (seq + 3)) % 1_000) as i16 - 500).collect();
    let start = u64::from(seq * SAMPLES);
    let header = SegmentHeader { start, samples: SAMPLES, speech, peak: 500 };
    Spoken { seq, header, flac: flac::encode(&pcm).unwrap(), pcm }
}

type Answer = dyn Fn(&SpeechRequest) -> Result<String, ProviderError> + Send + Sync;

/// Hears what the test says, and keeps what it was asked.
#[derive(Clone)]
pub(crate) struct Engine {
    answer: Arc<Mutex<Arc<Answer>>>,
    asked: Arc<Mutex<Vec<SpeechRequest>>>,
}

impl Engine {
    /// Hears `This is part N.` in segment N.
    pub(crate) fn new() -> Self {
        let answer: Arc<Answer> = Arc::new(|request| Ok(text_of(request.seq)));
        Self { answer: Arc::new(Mutex::new(answer)), asked: Arc::default() }
    }

    pub(crate) fn answer(
        &self,
        answer: impl Fn(&SpeechRequest) -> Result<String, ProviderError> + Send + Sync + 'static,
    ) {
        *self.answer.lock().unwrap() = Arc::new(answer);
    }

    /// What it was asked since the last time.
    pub(crate) fn asked(&self) -> Vec<SpeechRequest> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

pub(crate) fn text_of(seq: u32) -> String {
    format!("The patient said sentence number {seq} quite clearly.")
}

#[async_trait]
impl SpeechToText for Engine {
    fn provider(&self) -> &'static str {
        "test"
    }

    fn model(&self) -> &str {
        "scripted"
    }

    async fn transcribe(&self, request: &SpeechRequest) -> Result<Heard, ProviderError> {
        self.asked.lock().unwrap().push(request.clone());
        let answer = self.answer.lock().unwrap().clone();
        answer(request).map(|text| Heard { text: PatientText::from(text) })
    }
}
