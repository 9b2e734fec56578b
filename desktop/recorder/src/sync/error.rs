//! What can go wrong between workstation and server, sorted by what is to be done about it.

use std::time::Duration;

use medrecord_common::problem::{ErrorCode, Problem};

use super::receipt::ReceiptError;
use crate::outbox::OutboxError;
use crate::vault::VaultError;

/// Where a recording was set aside for a reason that support has to look at. The log, of which the report is made,
/// names the server's code and the request.
const REPORT: &str = "Send support a report (menu under your name).";

/// What it says is read by the clinician: what happened, and what to do; whoever shows it says before what is safe.
///
/// No message holds patient text: problems never do, and serde's quotes are left out.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    #[error("{0}")]
    Unreachable(Silence),
    /// The server's certificate is over, or does not hold yet, at the time that this computer believes it is.
    #[error(
        "This computer's clock seems to be wrong: set it. If it is right, tell support that the server's certificate \
         is not valid."
    )]
    CertificateTime,
    /// The server no longer speaks with this release.
    #[error(
        "MedRecord {} on this computer is too old for the server. Install the update, or ask support for it.",
        env!("CARGO_PKG_VERSION")
    )]
    UpdateRequired,
    /// It is there and asks to be asked later.
    #[error("The server is busy or starting again.")]
    Busy { retry_after: Option<Duration> },
    /// Of bytes a day.
    #[error(
        "This computer has sent as much as it may in a day. If the rest cannot wait, tell support that the daily \
         limit of this computer is used up."
    )]
    Quota { retry_after: Option<Duration> },
    /// It failed at this one request.
    #[error("The server has a fault ({0}). If that lasts for more than an hour, tell support.")]
    Failed(u16),
    #[error("Your sign-in on this computer has ended. Sign in again.")]
    SignInNeeded,
    #[error("{}", refused(.0.code))]
    Refused(Box<Problem>),
    #[error(
        "The server says that it has it, but this cannot be trusted: {0}. Nothing is deleted here. {REPORT}"
    )]
    Receipt(#[from] ReceiptError),
    #[error(
        "A part of it is damaged on this computer's disk. Close MedRecord and start it again when nothing is being \
         recorded: it repairs what it can. Then send it again, and have the disk checked."
    )]
    Damaged,
    #[error(
        "The server lost this recording when a backup was restored, and its sound is no longer on this computer: it \
         was deleted days after the server had confirmed it. Tell support: an older backup may hold it."
    )]
    LostInRestore,
    #[error("Another recording on the server has its number. {REPORT}")]
    Taken,
    /// Someone may be pretending to be a clinician who has recordings here.
    #[error(
        "This clinician's recordings on this computer belong to {0}. They stay as they are. To move them to another \
         server, open the window as this clinician first."
    )]
    OtherServer(String),
    #[error("{0}")]
    Address(&'static str),
    /// Whoever changes whom this computer trusts could read what others send.
    #[error(
        "Others on this computer send to this server. Nothing was changed. One of them has to choose its certificate: \
         open the window as one of them first."
    )]
    TrustOfOthers,
    /// A file that was to say whom to trust.
    #[error("{0} Nothing was changed. Ask your administrator for the file.")]
    Authority(&'static str),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Outbox(#[from] OutboxError),
}

/// Why the server was not heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Silence {
    /// No network, no name, no server.
    #[error(
        "There is no connection to the server. If web pages do not open either, check this computer's network."
    )]
    NoConnection,
    /// It stops, breaks off or trickles.
    #[error(
        "The connection to the server is slow or breaks off. If it stays so, try another network."
    )]
    Weak,
    /// A sign-in page of a hotel, a proxy.
    #[error(
        "Something else answers in the server's place: sign in to this network in the browser, or tell support."
    )]
    NotOurs,
    /// Nobody whom this computer trusts vouches for who answers: a sign-in page again, or a clinic's own authority that
    /// was not made known here.
    #[error(
        "Something answers in the server's place that this computer does not trust: sign in to this network in the \
         browser, or tell support that the server's certificate is unknown here."
    )]
    Stranger,
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
            | Self::Quota { .. }
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
            | Self::Address(_)
            | Self::Authority(_)
            | Self::TrustOfOthers => Class::Permanent,
        }
    }

    /// What the clinician reads beside a recording that was set aside for it: safe first, then this.
    #[must_use]
    pub(super) fn beside_the_recording(&self) -> String {
        match self {
            Self::LostInRestore => self.to_string(),
            Self::Receipt(_) => format!("This recording is kept on this computer. {self}"),
            _ => format!("This recording could not be sent and is kept on this computer. {self}"),
        }
    }

    /// Nothing is sent until someone has done something about it.
    #[must_use]
    pub(super) const fn needs_someone(&self) -> bool {
        matches!(
            self,
            Self::CertificateTime
                | Self::UpdateRequired
                | Self::Refused(_)
                | Self::Address(_)
                | Self::Authority(_)
                | Self::Vault(_)
                | Self::Outbox(_)
        )
    }

    /// Nobody answers who is the server: there is no use in asking again at once for somebody else.
    #[must_use]
    pub(super) const fn is_silence(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::CertificateTime)
    }

    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after } | Self::Quota { retry_after } => *retry_after,
            _ => None,
        }
    }

    /// A stable word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(Silence::Stranger) => "certificate_unknown",
            Self::Unreachable(_) => "offline",
            Self::CertificateTime => "certificate_time",
            Self::UpdateRequired => "update_required",
            Self::Busy { .. } => "server_busy",
            Self::Quota { .. } => "quota_exceeded",
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
            Self::Authority(_) => "authority_file",
            Self::TrustOfOthers => "trust_of_others",
            Self::Vault(error) => error.code(),
            Self::Outbox(error) => error.code(),
        }
    }
}

/// The words for a code; what the server says beside it is for programs.
fn refused(code: ErrorCode) -> String {
    let what = match code {
        ErrorCode::SignInFailed => return "E-mail or password is not right. Try again.".to_owned(),
        ErrorCode::NotFound | ErrorCode::SegmentsMissing => {
            return "The server lacks a part that it had. It is sent again by itself.".to_owned();
        }
        ErrorCode::DigestMismatch => {
            return "A part arrived damaged and was not stored. It is sent again by itself; if that goes on, tell \
                    support that the network damages what is sent."
                .to_owned();
        }
        ErrorCode::Conflict => "The server has it already, and the two differ.",
        ErrorCode::SegmentConflict => "The server has other sound for a part of it.",
        ErrorCode::PayloadTooLarge => "A part of it is larger than the server allows.",
        ErrorCode::UnsupportedMediaType => "The server cannot read its sound.",
        ErrorCode::Forbidden => "The server does not let you do this.",
        ErrorCode::Invalid => "The server does not accept it as it is.",
        _ => {
            "The server and this computer do not understand each other: one of them may need an update."
        }
    };
    format!("{what} {REPORT}")
}

#[cfg(test)]
mod tests;
