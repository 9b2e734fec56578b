//! What is said when the recordings' database was damaged, or is.

use medrecord_common::workstation::{Severity, Warning};

use crate::outbox::Salvaged;

pub(super) fn warnings(salvaged: Option<&Salvaged>, found_now: bool) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if let Some(salvaged) = salvaged {
        warnings.push(Warning {
            severity: Severity::Warning,
            code: "salvaged".to_owned(),
            text: text(salvaged),
        });
    }
    if found_now {
        warnings.push(Warning {
            severity: Severity::Warning,
            code: "damaged".to_owned(),
            text: "A part of what is stored on this computer cannot be read. The rest is safe. \
                   Close MedRecord and start it again when nothing is being recorded: it repairs what it \
                   can. Have the disk checked."
                .to_owned(),
        });
    }
    warnings
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
        "The recordings' file on this computer was damaged. {what} The damaged file is kept as {kept}. \
         Have the disk checked."
    )
}
