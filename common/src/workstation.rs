//! What the recorder's window sees: one state, made in Rust, so the window may be reloaded at any moment.

use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::PatientText;
use crate::ids::{ClinicianId, NoteId, RecordingId};
use crate::patient::Patient;
use crate::recording::{Consent, Stretch};

/// The whole state of the window; sent again whenever it changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
pub struct Workstation {
    /// Whose it is now.
    pub account: Option<Account>,
    /// All who use this workstation, by name.
    pub accounts: Vec<Account>,
    /// Only the recording under way is shown, without its patient, until someone's PIN opens it.
    pub locked: bool,
    pub connection: Connection,
    /// Servers about which an authority of the clinic's own is believed and no other, if this clinician may change it.
    pub own_authorities: Vec<String>,
    pub microphones: Vec<Microphone>,
    /// Stable id of the chosen one; none: the system's default.
    pub microphone: Option<String>,
    pub take: Option<Take>,
    /// Today's recordings of this clinician, newest first.
    pub today: Vec<LocalRecording>,
    /// How many discarded recordings of this clinician can still be restored.
    pub trashed: u32,
    /// A recording ends by itself after so long, keeping everything; none: never.
    pub cap_minutes: Option<u32>,
    /// Sync sends at most so many bytes a second; none: as fast as the line.
    pub upload_limit: Option<NonZeroU32>,
    /// How long can still be recorded before this disk is full, in whole minutes; none: the system does
    /// not say.
    pub space_ms: Option<u64>,
    /// What is wrong now, worst first; each stays until it ends.
    pub warnings: Vec<Warning>,
    /// Whether a key other than the keyring's protects the outbox (a key file).
    pub key_file: bool,
    /// The global shortcut for Record and Stop, as people write it; none when the system refused it.
    pub shortcut: Option<String>,
    /// Foot pedals and dictation microphones that are connected, by name.
    pub controls: Vec<String>,
    pub control_mode: ControlMode,
    /// This program's.
    pub version: String,
    pub update: Update,
}

/// What is known of a newer version of this program.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Update {
    /// Nobody was asked yet, or nobody offers any.
    #[default]
    Unknown,
    /// The server offers no newer one.
    UpToDate,
    /// One action installs it.
    Ready { version: String },
    /// It is there, and somebody else's to install: whoever looks after this computer.
    Managed { version: String },
    /// On its way here; in percent, where the server says how large it is.
    Loading { version: String, percent: Option<u8> },
    /// Nothing can be recorded for a moment; then this program starts again.
    Installing { version: String },
}

/// Who uses this workstation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
pub struct Account {
    pub clinician: ClinicianId,
    pub name: String,
    pub email: String,
    /// Origin of the server and its review pages, e.g. `https://medrecord.example.com`.
    pub server: String,
    pub device_name: String,
    /// Whether a PIN opens the window for them; without one it takes their password.
    pub pin: bool,
}

/// How it stands with the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    NotEnrolled,
    Online,
    /// Not reachable; recordings wait on this computer.
    Offline,
    /// The credential no longer holds: sign in again; recording goes on.
    SignInNeeded,
}

/// How the Record of a foot pedal or dictation microphone works on this workstation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "snake_case")]
pub enum ControlMode {
    /// A press begins a recording, and then pauses it and goes on with it by turns.
    #[default]
    Toggle,
    /// Down records, up pauses; one recording until Stop.
    Hold,
}

/// A microphone of the system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
pub struct Microphone {
    pub id: String,
    pub name: String,
    pub is_default: bool,
}

/// A few seconds of a microphone, before it matters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
pub struct MicrophoneTrial {
    pub microphone: String,
    pub level: Level,
    pub verdict: TrialVerdict,
    /// WAV, base64: to be heard, and kept nowhere.
    pub wav: String,
}

/// Whether a microphone will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "snake_case")]
pub enum TrialVerdict {
    Good,
    TooQuiet,
    Clipping,
    /// Muted, or broken.
    OnlyZeros,
    /// Voices would sound wrong: it delivers another number of samples than it says.
    WrongRate,
    /// It hears something, and nobody spoke.
    NoSpeech,
}

/// The recording under way. The three numbers come from bytes written, never from what was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
pub struct Take {
    pub recording: RecordingId,
    /// Name of the clinician it belongs to, when that is not who uses the workstation now; its patient is
    /// not shown then.
    pub whose: Option<String>,
    pub patient: Option<Patient>,
    pub state: TakeState,
    pub microphone: String,
    pub recorded_ms: u64,
    pub on_disk_ms: u64,
    pub on_server_ms: u64,
    pub level: Level,
    /// None: nothing was said about it.
    pub consent: Option<Consent>,
    /// It goes on with an earlier one.
    pub continues: Option<RecordingId>,
    /// It says this stretch of an earlier one again.
    pub replaces: Option<Stretch>,
}

/// `Starting` until the first chunk is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "snake_case")]
pub enum TakeState {
    Starting,
    Recording,
    Paused,
}

/// Of the last 100 ms of samples written.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
pub struct Level {
    /// dBFS, −100 to 0.
    pub peak_db: f32,
    pub rms_db: f32,
    pub verdict: LevelVerdict,
}

/// The level in a word, over the last seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "snake_case")]
pub enum LevelVerdict {
    /// Too little was heard to say.
    Waiting,
    Good,
    TooQuiet,
    Clipping,
    /// Exact zeros: muted, or broken.
    Silent,
}

/// A row of the day's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
pub struct LocalRecording {
    pub id: RecordingId,
    pub started_at: DateTime<Utc>,
    pub patient: Option<Patient>,
    pub duration_ms: u64,
    pub state: LocalState,
    /// The program stopped during this recording; what was captured is kept.
    pub recovered: bool,
    pub segments: u32,
    pub segments_sent: u32,
    pub note: Option<NoteId>,
    /// The draft's text, once it is ready.
    pub note_text: Option<PatientText>,
    /// Why it does not go on, in words.
    pub reason: Option<String>,
    /// None: nothing was said about it.
    pub consent: Option<Consent>,
    pub continues: Option<RecordingId>,
    pub replaces: Option<Stretch>,
    /// Where the clinician cut the end off; the rest is kept.
    pub trimmed_ms: Option<u64>,
    /// Where the last speech ends, as far as segments say; 0 without speech.
    pub last_speech_ms: u64,
    /// Whether its audio is (still) on this computer, to be heard and exported.
    pub has_audio: bool,
    /// Name of the file it was imported from, which is kept with the audio.
    pub original: Option<PatientText>,
}

/// A discarded recording, which can be restored until it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
pub struct TrashedRecording {
    pub id: RecordingId,
    pub started_at: DateTime<Utc>,
    pub patient: Option<Patient>,
    pub duration_ms: u64,
    pub discarded_at: DateTime<Utc>,
    /// Then it is deleted for good, here and on the server.
    pub goes_at: DateTime<Utc>,
}

/// What came of the import of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
pub struct ImportedRecording {
    pub recording: RecordingId,
    /// Where the file is damaged or cut off; what could be read was kept, with silence for the rest.
    pub broken_at_ms: Option<u64>,
}

/// How audio is written to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "snake_case")]
pub enum AudioFormat {
    Wav,
    Flac,
    /// The file that was imported, as it was.
    Original,
}

/// States only move forward (a wedged one may be tried again).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "snake_case")]
pub enum LocalState {
    Recording,
    /// On this computer, not all of it on the server.
    Waiting,
    /// Whole on the server, with a receipt; no note yet.
    Sent,
    NoteReady,
    NoSpeech,
    /// Refused for good: a person has to look. Its bytes are kept.
    Wedged,
}

/// Something is wrong; what is safe, what happened, what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
pub struct Warning {
    pub severity: Severity,
    /// A stable word for styles and tests, e.g. `microphone_lost`.
    pub code: String,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Calm: nothing is at risk.
    Notice,
    Warning,
    /// Words may be lost now.
    Alarm,
}

/// An error of a command of the window: the window acts on the code, people read the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
pub struct CommandError {
    pub code: String,
    pub message: String,
}
