//! What the line does to a request: every way in which a network, or what stands in it, can be bad.

use super::random::Random;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Mood {
    Fair,
    /// Late by up to 200 ms, on both ways.
    Slow,
    /// The connection ends after any byte of the request.
    RequestCut,
    /// The connection ends after any byte of the answer.
    AnswerCut,
    /// The server did what was asked, and nobody hears of it.
    AnswerLost,
    /// Nothing is passed on, and nobody says so.
    HalfOpen,
    /// All is passed on; the answer never comes, and nobody says so.
    AnswerNever,
    /// The server gets it twice at the same time.
    Twice,
    /// The connection ends; the request reaches the server after others that were sent later.
    Late,
    /// One bit of a segment's bytes is turned over on the way there.
    BitFlipped,
    /// What comes back is no HTTP.
    Noise,
    /// A hotel's sign-in page, with status 200.
    Portal,
    /// A proxy's own 413, as HTML.
    TooLarge,
    /// A proxy's own 502, as HTML.
    BadGateway,
    /// SIGKILL for the server after any byte of the request.
    KillInRequest,
    /// SIGKILL for the server at any time while it works on the request.
    KillAtWork,
}

/// How often, of 1,000 requests; the rest is fair.
const OFTEN: [(Mood, u64); 15] = [
    (Mood::Slow, 80),
    (Mood::RequestCut, 30),
    (Mood::AnswerCut, 30),
    (Mood::AnswerLost, 30),
    (Mood::HalfOpen, 1),
    (Mood::AnswerNever, 1),
    (Mood::Twice, 30),
    (Mood::Late, 20),
    (Mood::BitFlipped, 30),
    (Mood::Noise, 10),
    (Mood::Portal, 10),
    (Mood::TooLarge, 10),
    (Mood::BadGateway, 10),
    (Mood::KillInRequest, 1),
    (Mood::KillAtWork, 1),
];

impl Mood {
    pub(crate) fn any(random: &mut Random) -> Self {
        let mut drawn = random.below(1_000);
        for (mood, often) in OFTEN {
            if drawn < often {
                return mood;
            }
            drawn -= often;
        }
        Self::Fair
    }

    pub(crate) const fn in_words(self) -> &'static str {
        match self {
            Self::Fair => "fair",
            Self::Slow => "late by up to 200 ms",
            Self::RequestCut => "reset in the request",
            Self::AnswerCut => "reset in the answer",
            Self::AnswerLost => "answer lost",
            Self::HalfOpen => "half-open, request not passed on",
            Self::AnswerNever => "half-open, answer not passed on",
            Self::Twice => "request doubled",
            Self::Late => "request overtaken by later ones",
            Self::BitFlipped => "one bit of the segment turned over",
            Self::Noise => "answer is noise",
            Self::Portal => "captive portal, HTML with 200",
            Self::TooLarge => "413 of a proxy",
            Self::BadGateway => "502 of a proxy",
            Self::KillInRequest => "server killed in the request",
            Self::KillAtWork => "server killed at work on the request",
        }
    }

    /// What a proxy in the server's place answers.
    pub(crate) const fn answer(self) -> Option<&'static [u8]> {
        match self {
            Self::Noise => Some(b"\x16\x03\x01\x00\xff not what was asked for\r\n\r\n"),
            Self::Portal => Some(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 33\r\n\r\n\
                  <html><body>Welcome</body></html>",
            ),
            Self::TooLarge => Some(
                b"HTTP/1.1 413 Payload Too Large\r\ncontent-type: text/html\r\n\
                  content-length: 33\r\n\r\n<html><body>413 nginx</body></htm",
            ),
            Self::BadGateway => Some(
                b"HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\n\
                  content-length: 33\r\n\r\n<html><body>502 nginx</body></htm",
            ),
            _ => None,
        }
    }
}
