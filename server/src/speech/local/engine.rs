//! The engine's threads: they own the model, take segments from a queue and answer with text.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use async_trait::async_trait;
use ct2rs::sys::{ComputeType, Config, StorageView, Whisper, WhisperOptions};
use ct2rs::tokenizers::hf::Tokenizer;
use medrecord_common::PatientText;
use medrecord_common::audio::flac;
use medrecord_common::segment::MAX_SEGMENT_SAMPLES;
use tokio::sync::oneshot;

use super::model::{ModelError, ModelFolder};
use super::prompt::{self, Context};
use super::spectrum::{FRAMES, Spectrum};
use crate::provider::ProviderError;
use crate::speech::{Heard, SpeechRequest, SpeechToText};

/// Cores that one segment uses well; more cores hear more segments at once.
const CORES_A_SEGMENT: usize = 4;

/// The built-in engine. Its threads end when it is dropped.
pub struct LocalSpeech {
    model: String,
    queue: mpsc::Sender<Job>,
}

/// A segment on its way through the queue.
struct Job {
    request: SpeechRequest,
    answer: oneshot::Sender<Result<Heard, ProviderError>>,
}

impl LocalSpeech {
    /// Loads the model and starts its threads; takes some tenths of a second. `threads`: cores to use.
    ///
    /// # Errors
    /// When the model is missing, damaged or of another form.
    pub fn open(folder: &Path, threads: usize) -> Result<Self, ModelError> {
        let folder = ModelFolder::open(folder)?;
        let lanes = threads.div_ceil(CORES_A_SEGMENT).max(1);
        let listener = Arc::new(Listener::load(&folder, lanes, threads.div_ceil(lanes).max(1))?);
        let (queue, jobs) = mpsc::channel::<Job>();
        let jobs = Arc::new(Mutex::new(jobs));
        for lane in 0..lanes {
            let (listener, jobs) = (Arc::clone(&listener), Arc::clone(&jobs));
            thread::Builder::new()
                .name(format!("speech-{lane}"))
                .spawn(move || work(&listener, &jobs))
                .map_err(|error| ModelError::damaged(&folder.path, "model.bin", error))?;
        }
        Ok(Self { model: folder.name, queue })
    }
}

#[async_trait]
impl SpeechToText for LocalSpeech {
    fn provider(&self) -> &'static str {
        "local"
    }

    fn model(&self) -> &str {
        &self.model
    }

    async fn transcribe(&self, request: &SpeechRequest) -> Result<Heard, ProviderError> {
        let (answer, heard) = oneshot::channel();
        let stopped = ProviderError::Retry { code: "engine_stopped", after: None };
        self.queue.send(Job { request: request.clone(), answer }).map_err(|_| stopped)?;
        heard.await.map_err(|_| stopped)?
    }
}

/// Hears one segment after the other until the engine is dropped.
fn work(listener: &Listener, jobs: &Mutex<mpsc::Receiver<Job>>) {
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // Nobody waits any more (a lost lease, a shutdown): the work would be for nothing.
        if !job.answer.is_closed() {
            let _ = job.answer.send(listener.hear(&job.request));
        }
    }
}

/// The loaded model with what it needs around it.
struct Listener {
    whisper: Whisper,
    tokenizer: Tokenizer,
    spectrum: Spectrum,
    end_of_text: usize,
    options: WhisperOptions,
}

impl Listener {
    fn load(folder: &ModelFolder, lanes: usize, threads: usize) -> Result<Self, ModelError> {
        let config = Config {
            compute_type: ComputeType::INT8,
            device_indices: vec![0; lanes],
            num_threads_per_replica: threads,
            ..Config::default()
        };
        let damaged =
            |file| move |error: anyhow::Error| ModelError::damaged(&folder.path, file, error);
        let tokenizer = Tokenizer::new(&folder.path).map_err(damaged("tokenizer.json"))?;
        let end_of_text = tokenizer.token_to_id("<|endoftext|>").ok_or_else(|| {
            ModelError::damaged(&folder.path, "tokenizer.json", "is not one of Whisper's")
        })?;
        let whisper = Whisper::new(&folder.path, config).map_err(damaged("model.bin"))?;
        Ok(Self {
            spectrum: Spectrum::new(whisper.n_mels()),
            whisper,
            tokenizer,
            end_of_text: end_of_text as usize,
            options: WhisperOptions { beam_size: 5, ..WhisperOptions::default() },
        })
    }

    fn hear(&self, request: &SpeechRequest) -> Result<Heard, ProviderError> {
        let unreadable = ProviderError::Refused { code: "audio_unreadable" };
        let pcm = flac::decode(&request.flac).map_err(|_| unreadable)?;
        if pcm.len() > MAX_SEGMENT_SAMPLES as usize {
            return Err(ProviderError::Refused { code: "audio_too_long" });
        }
        let task = self.task(&request.language)?;
        let context = Context {
            keywords: &request.keywords,
            previous_text: request.previous_text.as_ref().map(PatientText::as_str),
        };
        // The library's own message is not passed on: it may quote the prompt.
        let failed = |_| ProviderError::Refused { code: "engine_failed" };
        let prompt = prompt::tokens(&self.tokenizer, &context, task).map_err(failed)?;
        let text = self.generate(&pcm, prompt).map_err(failed)?;
        Ok(Heard { text: text.into() })
    }

    fn task(&self, language: &str) -> Result<Vec<String>, ProviderError> {
        let multilingual = self.whisper.is_multilingual();
        let known = match multilingual {
            true => self.tokenizer.token_to_id(&format!("<|{language}|>")).is_some(),
            false => language == "en",
        };
        if known {
            return Ok(prompt::task(multilingual, language));
        }
        Err(ProviderError::Attention { code: "model_does_not_know_the_language" })
    }

    fn generate(&self, pcm: &[i16], prompt: Vec<String>) -> anyhow::Result<String> {
        let mut spectrum = self.spectrum.of(pcm);
        let shape = [1, self.whisper.n_mels(), FRAMES];
        let features = StorageView::new(&shape, &mut spectrum, ct2rs::sys::Device::CPU)?;
        let results = self.whisper.generate(&features, &[prompt], &self.options)?;
        let sequence = results.first().and_then(|result| result.sequences_ids.first());
        let said = sequence.into_iter().flatten().filter(|&&token| token < self.end_of_text);
        let said: Vec<u32> = said.map(|&token| token as u32).collect();
        let text = self.tokenizer.decode(&said, true).map_err(anyhow::Error::from_boxed)?;
        Ok(text.trim().to_owned())
    }
}
