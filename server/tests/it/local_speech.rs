//! The built-in engine on real speech: recordings of people, the shipped sample, silence.

#[path = "../../benches/speech/hearing.rs"]
mod hearing;
#[path = "../../benches/speech/words.rs"]
mod words;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use bytes::Bytes;
use medrecord_common::ids::RecordingId;
use medrecord_common::note::{Evidence, NoteContent};
use medrecord_common::recording::RecordingKind;
use medrecord_server::drafting::{DraftRequest, SpokenSegment, dictated};
use medrecord_server::provider::ProviderError;
use medrecord_server::speech::local::LocalSpeech;
use medrecord_server::speech::{SpeechRequest, SpeechToText as _};
use sqlx::PgPool;

use self::words::Errors;
use crate::support::programs::{Programs, within};

/// Loaded once. No model, no test: the message names the command that mends it.
fn engine() -> &'static LocalSpeech {
    static ENGINE: OnceLock<LocalSpeech> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let folder = folder("SPEECH_MODEL_DIR", "models/whisper-tiny.en");
        LocalSpeech::open(&folder, 2).unwrap_or_else(|error| panic!("{error}"))
    })
}

/// Where `cargo xtask setup` puts things, unless a variable says otherwise.
fn folder(variable: &str, in_cache: &str) -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache"),
        PathBuf::from,
    );
    std::env::var_os(variable).map_or_else(|| cache.join("medrecord").join(in_cache), PathBuf::from)
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

fn lines(path: &str) -> Vec<String> {
    let text = std::fs::read_to_string(fixtures().join(path)).unwrap();
    text.lines().map(str::to_owned).collect()
}

async fn heard(pcm: &[i16], keywords: &[String]) -> String {
    hearing::texts(engine(), &hearing::segments(pcm), keywords).await.unwrap().join(" ")
}

async fn errors_of_person(name: &str) -> Errors {
    let path = folder("MEDRECORD_SPEECH", "speech").join(format!("{name}.wav"));
    assert!(path.is_file(), "{} is not there. Run `cargo xtask setup`.", path.display());
    let said = lines(&format!("speech/{name}.txt")).join(" ");
    Errors::between(&said, &heard(&hearing::pcm(&path).unwrap(), &[]).await)
}

#[tokio::test]
async fn people_reading_are_heard_with_at_most_five_percent_of_word_errors() {
    for name in ["two_cities", "beckett"] {
        let errors = errors_of_person(name).await;
        assert!(errors.percent() <= 5.0, "{name}: {errors:?}");
    }
}

#[tokio::test]
async fn with_the_demo_vocabulary_the_terms_of_the_sample_are_right_and_its_headings_found() {
    let vocabulary = lines("demo-vocabulary.txt");
    assert_eq!(vocabulary.len(), 20);
    let pcm = hearing::pcm(&fixtures().join("progress-note.flac")).unwrap();
    let texts = hearing::texts(engine(), &hearing::segments(&pcm), &vocabulary).await.unwrap();
    let heard = texts.join(" ").to_lowercase();
    for term in [
        "metformin",
        "lisinopril",
        "atorvastatin",
        "metoprolol",
        "rosuvastatin",
        "angina",
        "hemoglobin",
    ] {
        assert!(heard.contains(term), "{term}: {heard}");
    }
    let errors = Errors::between(&lines("progress-note.txt").join(" "), &heard);
    assert!(errors.percent() <= 6.0, "{errors:?}: {heard}");
    let titles: Vec<_> = filed(&texts).sections.into_iter().map(|section| section.title).collect();
    assert_eq!(
        titles,
        ["Introduction", "Subjective", "Objective", "Assessment", "Plan"],
        "{heard}"
    );
}

fn filed(texts: &[String]) -> NoteContent {
    let recording = RecordingId::new();
    let segments = texts.iter().enumerate().map(|(index, text)| SpokenSegment {
        evidence: Evidence { recording, seq: index as u32 },
        start_ms: 0,
        duration_ms: 0,
        text: text.as_str().into(),
    });
    let (kind, language) = (RecordingKind::Dictation, "en".to_owned());
    dictated::file(&DraftRequest { kind, language, segments: segments.collect() })
}

#[tokio::test]
async fn words_come_through_any_common_wav() {
    let pcm = hearing::pcm(&folder("MEDRECORD_SPEECH", "speech").join("beckett.wav")).unwrap();
    let said = lines("speech/beckett.txt").join(" ");
    let dir = tempfile::tempdir().unwrap();
    for (rate, channels, bits, format) in [
        (8_000, 1, 16, hound::SampleFormat::Int),
        (44_100, 2, 24, hound::SampleFormat::Int),
        (48_000, 1, 32, hound::SampleFormat::Float),
    ] {
        let path = dir.path().join(format!("{rate}.wav"));
        let spec = hound::WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: bits,
            sample_format: format,
        };
        write_as(&path, spec, &pcm);
        let heard = heard(&hearing::pcm(&path).unwrap(), &[]).await;
        let errors = Errors::between(&said, &heard);
        assert!(errors.wrong <= 2, "{rate} Hz: {errors:?}: {heard}");
    }
}

/// Writes 16 kHz mono in another form, with straight lines between the samples.
fn write_as(path: &Path, spec: hound::WavSpec, pcm: &[i16]) {
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    let step = 16_000.0 / f64::from(spec.sample_rate);
    let frames = (pcm.len() as f64 / step) as usize - 4;
    for frame in 0..frames {
        let at = frame as f64 * step;
        let (from, to) = (f64::from(pcm[at as usize]), f64::from(pcm[at as usize + 1]));
        let sample = (from + (to - from) * at.fract()) / 32_768.0;
        for _ in 0..spec.channels {
            match spec.sample_format {
                hound::SampleFormat::Float => writer.write_sample(sample as f32).unwrap(),
                hound::SampleFormat::Int => {
                    let scale = f64::from((1_i32 << (spec.bits_per_sample - 1)) - 1);
                    writer.write_sample((sample * scale) as i32).unwrap();
                }
            }
        }
    }
    writer.finalize().unwrap();
}

#[tokio::test]
async fn nobody_speaking_gives_no_text() {
    let silence = vec![0_i16; 12 * 16_000];
    // Quiet noise, as of a fan: a linear congruential generator, a few units up and down.
    let mut state = 1_u32;
    let noise: Vec<i16> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 28) as i16 - 8
    })
    .take(12 * 16_000)
    .collect();
    for pcm in [silence, noise] {
        let segments = hearing::segments(&pcm);
        assert!(!segments.is_empty() && segments.iter().all(|segment| segment.header.speech == 0));
        assert_eq!(hearing::texts(engine(), &segments, &[]).await.unwrap(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_the_engine_cannot_hear_is_an_error_and_no_text() {
    let request = |flac: &[u8], language: &str| SpeechRequest {
        seq: 0,
        flac: Bytes::copy_from_slice(flac),
        language: language.into(),
        keywords: Vec::new(),
        previous_text: None,
    };
    let unreadable = engine().transcribe(&request(b"no FLAC", "en")).await;
    assert_eq!(unreadable, Err(ProviderError::Refused { code: "audio_unreadable" }));
    let second = medrecord_common::audio::flac::encode(&[0; 16_000]).unwrap();
    let german = engine().transcribe(&request(&second, "de")).await;
    let unknown = ProviderError::Attention { code: "model_does_not_know_the_language" };
    assert_eq!(german, Err(unknown));
}

#[sqlx::test(migrator = "medrecord_server::MIGRATOR")]
async fn a_server_that_runs_no_jobs_holds_no_model_in_memory(pool: PgPool) {
    let programs = Programs::new(&pool, "http://127.0.0.1:9").await;
    let serve = |workers: &str| {
        let mut server = programs.server();
        let nowhere = programs.path("nowhere");
        server.arg("serve").env("SPEECH_PROVIDER", "local").env("SPEECH_MODEL_DIR", nowhere);
        server.env("JOB_WORKERS", workers);
        server
    };
    let refused = within(serve("2").output()).await.unwrap();
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("nowhere"), "it needs the model");
    programs.start(&mut serve("0")).await.stop().await;
}
