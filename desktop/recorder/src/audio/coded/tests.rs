//! Four seconds of the shipped note, as other programs write them: `fixtures/import`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use medrecord_common::audio::flac;

use crate::audio::{AudioSource as _, Captured, FileSource, Pace, Resampler, SourceError};

const KINDS: [&str; 6] = ["flac", "mp3", "m4a", "ogg", "opus", "webm"];
/// The fixtures begin here in the note, and are so long.
const START: usize = 2 * 16_000;
const LENGTH: usize = 4 * 16_000;
/// Encoders add silence at the ends: up to so much, in samples.
const SLACK: usize = 1_600;

fn fixture(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../fixtures/import/note.{kind}"))
}

fn note() -> Vec<i16> {
    let note = include_bytes!("../../../../../fixtures/progress-note.flac");
    let pcm = flac::decode_up_to(note, 16_000 * 600).unwrap();
    pcm[START..START + LENGTH].to_vec()
}

/// The file as it would be recorded, and where it is broken.
fn read(path: &Path) -> Result<(Vec<i16>, Option<Duration>), SourceError> {
    let mut source = FileSource::open(path, Pace::AsFastAsPossible)?;
    let mut resampler = Resampler::new(source.rate(), source.channels());
    let (mut captured, mut pcm) = (Vec::new(), Vec::new());
    while source.read(&mut captured, Duration::ZERO)? != Captured::End {
        resampler.push(&captured, &mut pcm);
        captured.clear();
    }
    resampler.flush(&mut pcm);
    Ok((pcm, source.broken_at()))
}

/// The best correlation of the two, whichever begins a little later.
fn likeness(one: &[i16], other: &[i16]) -> f64 {
    // A second of the middle tells as much as all of it.
    let middle = one.len().min(other.len()) / 3;
    let at = |lag: usize, one: &[i16], other: &[i16]| {
        let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
        for (a, b) in one.iter().skip(middle + lag).zip(&other[middle..]).take(16_000) {
            let (a, b) = (f64::from(*a), f64::from(*b));
            ab += a * b;
            aa += a * a;
            bb += b * b;
        }
        ab / (aa * bb).sqrt()
    };
    let lags = (0..SLACK).step_by(4);
    lags.flat_map(|lag| [at(lag, one, other), at(lag, other, one)]).fold(0.0, f64::max)
}

#[test]
fn every_kind_sounds_as_what_was_encoded() {
    let note = note();
    for kind in KINDS {
        let (pcm, broken_at) = read(&fixture(kind)).unwrap();
        assert_eq!(broken_at, None, "{kind}");
        assert!(pcm.len().abs_diff(LENGTH) <= SLACK, "{kind}: {} samples", pcm.len());
        let likeness = likeness(&pcm, &note);
        println!("{kind}: {} samples, correlation {likeness:.3}", pcm.len());
        assert!(likeness > 0.85, "{kind}: {likeness}");
    }
}

#[test]
fn a_file_that_was_cut_off_keeps_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    for kind in KINDS {
        let bytes = std::fs::read(fixture(kind)).unwrap();
        let path = folder.path().join(format!("cut.{kind}"));
        std::fs::write(&path, &bytes[..bytes.len() * 6 / 10]).unwrap();
        match read(&path) {
            Ok((pcm, broken_at)) => {
                println!("{kind}: {} samples, broken at {broken_at:?}", pcm.len());
                assert!(pcm.len() > LENGTH / 3, "{kind}: {} samples", pcm.len());
            }
            // What says how to read the rest stands at the end of these.
            Err(error) => assert!(kind == "m4a" || kind == "webm", "{kind}: {error}"),
        }
    }
}

#[test]
fn damage_in_the_middle_is_said_and_what_follows_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = std::fs::read(fixture("flac")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 200].fill(0);
    let path = folder.path().join("damaged.flac");
    std::fs::write(&path, &bytes).unwrap();
    let (pcm, broken_at) = read(&path).unwrap();
    let at = broken_at.unwrap().as_secs_f64();
    assert!((1.0..3.0).contains(&at), "{at}");
    assert!(pcm.len().abs_diff(LENGTH) < 16, "what follows is in its place: {}", pcm.len());
    let end = LENGTH - 16_000;
    assert!(likeness(&pcm[end..], &note()[end..]) > 0.99);
}

#[test]
fn whatever_the_bytes_are_nothing_panics() {
    let folder = tempfile::tempdir().unwrap();
    for kind in KINDS {
        let whole = std::fs::read(fixture(kind)).unwrap();
        for seed in 0..24_usize {
            let mut bytes = whole.clone();
            for n in 0..40 {
                let at = (seed * 7_919 + n * 104_729) % bytes.len();
                bytes[at] ^= (seed * 31 + n) as u8 | 1;
            }
            let path = folder.path().join(format!("bad.{kind}"));
            std::fs::write(&path, &bytes[..bytes.len() - seed * 13]).unwrap();
            let _ = read(&path);
        }
    }
}

#[test]
fn what_is_no_sound_is_refused_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let error = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        read(&path).unwrap_err()
    };
    assert!(matches!(error("empty.mp3", b""), SourceError::EmptyFile { .. }));
    let text = error("letter.mp3", &b"Dear colleague, thank you for referring. ".repeat(200));
    assert!(matches!(text, SourceError::NotSound { .. }), "{text}");
    let pdf = error("report.pdf", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n");
    assert!(pdf.to_string().ends_with("Use WAV, FLAC, MP3, M4A, OGG, Opus or WebM."), "{pdf}");
}
