//! The wire contract and the pure rules that workstation and server share.
//!
//! Nothing here does I/O, reads a clock or knows of tokio: time and bytes are passed in.
//! The words (recording, segment, gap, …) are the glossary of `docs/architecture.md`.

pub mod audio;
pub mod auth;
pub mod device;
pub mod event;
pub mod health;
pub mod ids;
pub mod manifest;
pub mod note;
pub mod page;
pub mod patient;
pub mod patient_text;
pub mod problem;
pub mod receipt;
pub mod recording;
pub mod segment;
pub mod transcript;
pub mod workstation;

pub use patient_text::PatientText;

/// Header of every answer of the server: the id of the database's epoch. Another one than before means that a backup
/// was restored, and that whatever was acknowledged may be gone.
pub const EPOCH_HEADER: &str = "medrecord-epoch";
