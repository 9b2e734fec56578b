//! Why a new version was not installed, in words: what is safe, what happened, what to do. What is in the way on this
//! computer the recorder says itself.

use medrecord_common::workstation::CommandError;
use tauri_plugin_updater::Error;

/// Of `what`, e.g. "version 0.2.0".
pub(super) fn of(error: &Error, what: &str) -> CommandError {
    tracing::warn!(%error, "no update was installed");
    match error {
        Error::Minisign(_)
        | Error::Base64(_)
        | Error::SignatureUtf8(_)
        | Error::SignedVersionMismatch { .. }
        | Error::MissingSignedVersion => refusal("update_not_genuine", not_genuine(what)),
        Error::Reqwest(_)
        | Error::Network(_)
        | Error::ReleaseNotFound
        | Error::Serialization(_)
        | Error::TargetNotFound(_)
        | Error::TargetsNotFound(_) => refusal("update_not_fetched", not_fetched(what)),
        error => refusal("update_not_installed", not_installed(what, &error.to_string())),
    }
}

pub(super) fn nothing_there() -> CommandError {
    let text = "Nothing was installed: the server offers no newer version for this computer.";
    refusal("no_update", text.to_owned())
}

pub(super) fn broken(version: &str) -> CommandError {
    refusal("update_not_installed", not_installed(&format!("version {version}"), "it broke off"))
}

fn not_genuine(what: &str) -> String {
    format!(
        "Nothing was installed, and MedRecord works as before. What the server offers as {what} does not carry its \
         makers' signature. Try again; if it happens again, tell support."
    )
}

fn not_fetched(what: &str) -> String {
    format!(
        "Nothing was installed, and MedRecord works as before. The server did not give {what}. Try again when there is \
         a connection; if it happens again, tell support."
    )
}

fn not_installed(what: &str, why: &str) -> String {
    format!(
        "MedRecord works as before, and all recordings are safe: {what} could not be installed on this computer. Tell \
         support what it says: {why}"
    )
}

fn refusal(code: &str, message: String) -> CommandError {
    CommandError { code: code.to_owned(), message }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts of `docs/failures.md`.
    #[test]
    fn what_was_not_installed_says_that_all_is_as_before_and_what_to_do() {
        let said = |error: &Error| {
            let error = of(error, "version 0.2.0");
            (error.code, error.message)
        };
        for (error, code, text) in [
            (
                Error::MissingSignedVersion,
                "update_not_genuine",
                "Nothing was installed, and MedRecord works as before. What the server offers as version 0.2.0 does not carry its makers' signature. Try again; if it happens again, tell support.",
            ),
            (
                Error::ReleaseNotFound,
                "update_not_fetched",
                "Nothing was installed, and MedRecord works as before. The server did not give version 0.2.0. Try again when there is a connection; if it happens again, tell support.",
            ),
            (
                Error::TempDirNotFound,
                "update_not_installed",
                "MedRecord works as before, and all recordings are safe: version 0.2.0 could not be installed on this computer. Tell support what it says: failed to create temporary directory",
            ),
        ] {
            assert_eq!(said(&error), (code.to_owned(), text.to_owned()));
        }
    }
}
