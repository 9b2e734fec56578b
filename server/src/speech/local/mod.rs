//! The built-in speech engine: Whisper on CTranslate2, in this process, with no network.

mod engine;
mod model;
mod prompt;
mod spectrum;

pub use engine::LocalSpeech;
pub use model::{ModelError, SHIPPED};
