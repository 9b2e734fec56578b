//! Every text that a failing sync brings to the screen, whole: `docs/failures.md` lists the same.

use medrecord_common::problem::{ErrorCode, Problem};

use super::{Silence, SyncError};
use crate::sync::receipt::ReceiptError;

fn refusal(code: ErrorCode) -> SyncError {
    SyncError::Refused(Box::new(Problem {
        kind: "about:blank".to_owned(),
        title: "Unprocessable Content".to_owned(),
        status: 422,
        detail: Some("the request breaks 1 rules".to_owned()),
        code,
        request_id: Some("0193b1a0".to_owned()),
        errors: vec![],
        missing: vec![],
    }))
}

#[test]
fn what_stops_everything_is_said_with_what_to_do() {
    for (error, said) in [
        (
            SyncError::Unreachable(Silence::NoConnection),
            "There is no connection to the server. If web pages do not open either, check this computer's network.",
        ),
        (
            SyncError::Unreachable(Silence::Weak),
            "The connection to the server is slow or breaks off. If it stays so, try another network.",
        ),
        (
            SyncError::Unreachable(Silence::NotOurs),
            "Something else answers in the server's place: sign in to this network in the browser, or tell support.",
        ),
        (
            SyncError::Unreachable(Silence::Stranger),
            "Something answers in the server's place that this computer does not trust: sign in to this network in \
             the browser, or tell support that the server's certificate is unknown here.",
        ),
        (
            SyncError::CertificateTime,
            "This computer's clock seems to be wrong: set it. If it is right, tell support that the server's \
             certificate is not valid.",
        ),
        (
            SyncError::UpdateRequired,
            concat!(
                "MedRecord ",
                env!("CARGO_PKG_VERSION"),
                " on this computer is too old for the server. Install the update, or ask support for it."
            ),
        ),
        (SyncError::Busy { retry_after: None }, "The server is busy or starting again."),
        (
            SyncError::Quota { retry_after: None },
            "This computer has sent as much as it may in a day. If the rest cannot wait, tell support that the daily \
             limit of this computer is used up.",
        ),
        (
            SyncError::Failed(500),
            "The server has a fault (500). If that lasts for more than an hour, tell support.",
        ),
        (SyncError::SignInNeeded, "Your sign-in on this computer has ended. Sign in again."),
    ] {
        assert_eq!(error.to_string(), said);
    }
}

#[test]
fn a_recording_that_is_set_aside_says_where_it_is_why_and_what_to_do() {
    const REPORT: &str = "Send support a report (menu under your name).";
    for (code, why) in [
        (ErrorCode::Conflict, "The server has it already, and the two differ."),
        (ErrorCode::SegmentConflict, "The server has other sound for a part of it."),
        (ErrorCode::PayloadTooLarge, "A part of it is larger than the server allows."),
        (ErrorCode::UnsupportedMediaType, "The server cannot read its sound."),
        (ErrorCode::Forbidden, "The server does not let you do this."),
        (ErrorCode::Invalid, "The server does not accept it as it is."),
        (
            ErrorCode::BadRequest,
            "The server and this computer do not understand each other: one of them may need an update.",
        ),
        (
            ErrorCode::Unknown,
            "The server and this computer do not understand each other: one of them may need an update.",
        ),
    ] {
        let kept = "This recording could not be sent and is kept on this computer.";
        assert_eq!(refusal(code).beside_the_recording(), format!("{kept} {why} {REPORT}"));
    }
    let kept = "This recording could not be sent and is kept on this computer.";
    assert_eq!(
        SyncError::Taken.beside_the_recording(),
        format!("{kept} Another recording on the server has its number. {REPORT}")
    );
    assert_eq!(
        SyncError::Damaged.beside_the_recording(),
        format!(
            "{kept} A part of it is damaged on this computer's disk. Close MedRecord and start it again when nothing \
             is being recorded: it repairs what it can. Then send it again, and have the disk checked."
        )
    );
    assert_eq!(
        SyncError::LostInRestore.beside_the_recording(),
        "The server lost this recording when a backup was restored, and its sound is no longer on this computer: it \
         was deleted days after the server had confirmed it. Tell support: an older backup may hold it."
    );
    for (error, why) in [
        (ReceiptError::OtherKey, "another server signed it than the one this computer knows"),
        (ReceiptError::ForgedKey, "the key that signed it is not rightly vouched for"),
        (ReceiptError::Forged, "its signature is not right"),
        (ReceiptError::OtherRecording, "it is for another recording"),
        (ReceiptError::OtherBytes, "it is for other sound than is on this computer"),
    ] {
        assert_eq!(
            SyncError::Receipt(error).beside_the_recording(),
            format!(
                "This recording is kept on this computer. The server says that it has it, but this cannot be trusted: \
                 {why}. Nothing is deleted here. {REPORT}"
            )
        );
    }
}

#[test]
fn what_is_sent_again_by_itself_says_so() {
    let lacks = "The server lacks a part that it had. It is sent again by itself.";
    for (code, said) in [
        (ErrorCode::NotFound, lacks),
        (ErrorCode::SegmentsMissing, lacks),
        (
            ErrorCode::DigestMismatch,
            "A part arrived damaged and was not stored. It is sent again by itself; if that goes on, tell support \
             that the network damages what is sent.",
        ),
        (ErrorCode::SignInFailed, "E-mail or password is not right. Try again."),
    ] {
        assert_eq!(refusal(code).to_string(), said);
    }
}
