//! What a take tells about itself.

use medrecord_common::workstation::{Level, LevelVerdict, Severity, TakeState, Warning};

/// Changes some ten times a second. The numbers are samples of the recording, gaps included.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    pub state: TakeState,
    /// Captured, from samples that are here.
    pub recorded_samples: u64,
    /// Durable, from commits that returned.
    pub on_disk_samples: u64,
    pub level: Level,
    pub segments: u32,
    /// Name of the microphone or file.
    pub source: String,
    /// Closed in the outbox: the take was stopped, or its file is over.
    pub ended: bool,
    /// It ended by itself, because it was as long as a recording may be.
    pub capped: bool,
    /// Worst first; each stays until it ends.
    pub warnings: Vec<Warning>,
}

impl Progress {
    pub(super) fn starting(source: String) -> Self {
        let level = Level { peak_db: -100.0, rms_db: -100.0, verdict: LevelVerdict::Waiting };
        Self {
            state: TakeState::Starting,
            recorded_samples: 0,
            on_disk_samples: 0,
            level,
            segments: 0,
            source,
            ended: false,
            capped: false,
            warnings: Vec::new(),
        }
    }
}

/// The level of exact zeros.
pub(super) const SILENT: Level =
    Level { peak_db: -100.0, rms_db: -100.0, verdict: LevelVerdict::Silent };

pub(super) fn disk(error: &crate::outbox::OutboxError) -> Warning {
    Warning {
        severity: Severity::Alarm,
        code: "disk".to_owned(),
        text: format!(
            "The last words are in memory only: they could not be written. {error} \
             Recording goes on and writing is tried again."
        ),
    }
}

pub(super) fn microphone_lost(name: &str) -> Warning {
    Warning {
        severity: Severity::Alarm,
        code: "microphone_lost".to_owned(),
        text: format!(
            "What was recorded is safe. Nothing is heard now: {name} is gone and there is no other \
             microphone. Connect one; recording goes on by itself."
        ),
    }
}

pub(super) fn microphone_changed(name: &str) -> Warning {
    Warning {
        severity: Severity::Warning,
        code: "microphone_changed".to_owned(),
        text: format!(
            "Recording with {name}, because the chosen microphone is not there. \
             Your choice is kept for the next recording."
        ),
    }
}

pub(super) fn microphone_silent(name: &str) -> Warning {
    Warning {
        severity: Severity::Alarm,
        code: "microphone_silent".to_owned(),
        text: format!(
            "What was recorded is safe. Nothing is heard now: {name} gives perfect silence. It is muted \
             or broken: look for a mute switch, or choose another microphone. \
             Recording goes on by itself when there is sound."
        ),
    }
}

pub(super) fn sound_lost(name: &str) -> Warning {
    Warning {
        severity: Severity::Warning,
        code: "sound_lost".to_owned(),
        text: format!(
            "A part of what {name} heard was lost on its way; the gap is marked in the recording. \
             Close programs that keep this computer busy, and say again what matters."
        ),
    }
}

pub(super) fn odd_rate(name: &str, hertz: u32, declared: u32) -> Warning {
    Warning {
        severity: Severity::Notice,
        code: "microphone_rate".to_owned(),
        text: format!(
            "{name} delivers {hertz} samples a second instead of {declared}. \
             The recording is corrected for it; choose another microphone when voices sound wrong."
        ),
    }
}
