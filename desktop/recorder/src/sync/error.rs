//! What can go wrong between workstation and server, sorted by what is to be done about it.

use std::time::Duration;

use medrecord_common::problem::{ErrorCode, Problem};

use super::receipt::ReceiptError;
use crate::outbox::OutboxError;
use crate::vault::VaultError;

/// No message holds patient text: problems never do, and serde's quotes are left out.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// No network, no server, or something else answers in its place (a hotel's sign-in page).
    #[error("The server cannot be reached ({0}).")]
    Unreachable(String),
    /// The server's certificate is over, or does not hold yet, at the time that this computer believes it is.
    #[error(
        "The server's certificate is not valid at the time that this computer's clock shows. Set the clock if it is \
         wrong; else tell whoever looks after the server."
    )]
    CertificateTime,
    /// The server no longer speaks with this release.
    #[error(
        "This program is too old for the server. Update it; your recordings are kept and are sent after that."
    )]
    UpdateRequired,
    /// It is there and asks to be asked later.
    #[error("The server is busy.")]
    Busy { retry_after: Option<Duration> },
    /// It failed at this one request.
    #[error("The server failed (status {0}).")]
    Failed(u16),
    #[error("Sign in again: the server no longer accepts this computer's credential.")]
    SignInNeeded,
    #[error("{}", said(.0))]
    Refused(Box<Problem>),
    #[error("The server's receipt cannot be believed: {0}.")]
    Receipt(#[from] ReceiptError),
    #[error(
        "A part of it is damaged on this computer's disk. What can be read may be exported (More); tell whoever \
         looks after this computer."
    )]
    Damaged,
    #[error(
        "The server lost this recording when a backup was restored, and its audio is no longer on this computer: it \
         was deleted seven days after the server had confirmed it. Tell whoever looks after the server; an older \
         backup may hold it."
    )]
    LostInRestore,
    #[error(
        "Its number belongs to another recording on the server. Export it as a file (More), and tell whoever looks \
         after the server."
    )]
    Taken,
    /// Someone may be pretending to be a clinician who has recordings here.
    #[error(
        "This clinician's recordings on this computer belong to {0}. They stay as they are. To move them to another \
         server, open the window as this clinician first."
    )]
    OtherServer(String),
    #[error("{0}")]
    Address(&'static str),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Outbox(#[from] OutboxError),
}

/// What is to be done about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Everything waits, and is tried again.
    Everything,
    /// This recording waits, and is tried again; the others go on.
    ThisRecording,
    /// This recording waits for a person; the others go on.
    Permanent,
    /// Everything waits for the clinician to sign in.
    Credential,
}

impl SyncError {
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Outbox(
                OutboxError::UnknownRecording(_)
                | OutboxError::WrongState { .. }
                | OutboxError::ReceiptMismatch(_)
                | OutboxError::AudioReleased(_),
            ) => Class::ThisRecording,
            Self::Unreachable(_)
            | Self::CertificateTime
            | Self::UpdateRequired
            | Self::Busy { .. }
            | Self::Vault(_)
            | Self::Outbox(_) => Class::Everything,
            Self::Failed(_) => Class::ThisRecording,
            Self::SignInNeeded => Class::Credential,
            Self::Refused(problem) => match problem.code {
                // The server lost it (a restore), or bytes were damaged on the way: send again.
                ErrorCode::NotFound | ErrorCode::SegmentsMissing | ErrorCode::DigestMismatch => {
                    Class::ThisRecording
                }
                _ => Class::Permanent,
            },
            Self::Receipt(_)
            | Self::Damaged
            | Self::Taken
            | Self::LostInRestore
            | Self::OtherServer(_)
            | Self::Address(_) => Class::Permanent,
        }
    }

    /// Nobody answers who is the server: there is no use in asking again at once for somebody else.
    #[must_use]
    pub(super) const fn is_silence(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::CertificateTime)
    }

    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after } => *retry_after,
            _ => None,
        }
    }

    /// A stable word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "offline",
            Self::CertificateTime => "certificate_time",
            Self::UpdateRequired => "update_required",
            Self::Busy { .. } => "server_busy",
            Self::Failed(_) => "server_failed",
            Self::SignInNeeded => "sign_in_needed",
            Self::Refused(problem) if problem.code == ErrorCode::SignInFailed => "sign_in_failed",
            Self::Refused(_) => "refused",
            Self::Receipt(_) => "receipt_mismatch",
            Self::Damaged => "damaged",
            Self::Taken => "taken",
            Self::LostInRestore => "lost_in_restore",
            Self::OtherServer(_) => "other_server",
            Self::Address(_) => "server_address",
            Self::Vault(error) => error.code(),
            Self::Outbox(error) => error.code(),
        }
    }
}

fn said(problem: &Problem) -> String {
    if problem.code == ErrorCode::SignInFailed {
        return "E-mail or password is wrong.".to_owned();
    }
    let said = problem.detail.as_ref().unwrap_or(&problem.title);
    let rules = problem.errors.iter().map(|rule| format!(" {}: {}.", rule.field, rule.message));
    format!("{}.{}", said.trim_end_matches('.'), rules.collect::<String>())
}
