//! What is said when the recordings' database was damaged, or is.

use chrono::{DateTime, Local, Utc};
use medrecord_common::workstation::{Severity, Warning};

use super::state::warning;
use crate::outbox::{Report, Salvaged};

pub(super) fn warnings(
    salvaged: Option<&Salvaged>,
    found_now: bool,
    checked: &Report,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if let Some(salvaged) = salvaged {
        warnings.push(warning(Severity::Warning, "salvaged", &text(salvaged)));
    }
    if found_now || !checked.damaged.is_empty() {
        let text = format!(
            "{} The rest is safe. Close MedRecord and start it again when nothing is being recorded: it \
             repairs what it can. Have the disk checked.",
            what(checked)
        );
        warnings.push(warning(Severity::Warning, "damaged", &text));
    }
    warnings
}

/// What cannot be read, with the day and time at which it was recorded.
fn what(checked: &Report) -> String {
    let when = |began: &DateTime<Utc>| began.with_timezone(&Local).format("%Y-%m-%d %H:%M");
    match checked.damaged.as_slice() {
        [] => "A part of what is stored on this computer cannot be read.".to_owned(),
        [(_, began)] => {
            format!("A part of 1 earlier recording ({}) cannot be read.", when(began))
        }
        [(_, oldest), ..] => format!(
            "Parts of {} earlier recordings (the oldest of {}) cannot be read.",
            checked.damaged.len(),
            when(oldest)
        ),
    }
}

fn text(salvaged: &Salvaged) -> String {
    let kept = salvaged.kept_aside.file_name().map(|name| name.to_string_lossy());
    let kept = kept.as_deref().unwrap_or_default();
    let what = match (salvaged.nothing_read, salvaged.recordings.len()) {
        (true, _) => "Nothing in it could be read, so this computer begins anew.".to_owned(),
        (false, 0) => "Everything in it could be read.".to_owned(),
        (false, 1) => "1 recording has a part missing; it is marked as recovered.".to_owned(),
        (false, n) => format!("{n} recordings have a part missing; they are marked as recovered."),
    };
    format!(
        "The recordings' file on this computer was damaged. {what} The damaged file is kept for 30 days as \
         {kept}. Have the disk checked."
    )
}
