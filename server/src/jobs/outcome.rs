//! How a job ends, and what becomes of it then.

use std::time::Duration;

use super::backoff;
use crate::db::job::ROUND;
use crate::provider::ProviderError;

/// A provider that needs a person's hand is asked again each minute: somebody may have mended it.
const ATTENTION: Duration = Duration::from_secs(60);

/// A job did not get to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JobError {
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// Ours: the database, the object store.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
    /// The lease ran out and another worker has the job; what was done here must not count.
    #[error("the job is another worker's by now")]
    Lost,
}

impl From<sqlx::Error> for JobError {
    fn from(error: sqlx::Error) -> Self {
        Self::Internal(error.into())
    }
}

/// What becomes of a job that failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Back into the queue, after a while.
    PutBack { after: Duration, code: &'static str },
    /// Given up: a person has to look.
    Bury { code: &'static str },
    /// Not ours any more.
    Leave,
}

pub(super) fn judge(error: &JobError, attempt: i32) -> Verdict {
    let in_round = (attempt - 1) % ROUND + 1;
    let retry = |code, after| {
        if in_round == ROUND {
            return Verdict::Bury { code };
        }
        Verdict::PutBack { after: backoff::delay(in_round, after, backoff::random()), code }
    };
    match error {
        JobError::Provider(ProviderError::Retry { code, after }) => retry(code, *after),
        JobError::Provider(ProviderError::Attention { code }) => {
            Verdict::PutBack { after: ATTENTION, code }
        }
        JobError::Provider(ProviderError::Refused { code }) => Verdict::Bury { code },
        JobError::Internal(_) => retry("internal", None),
        JobError::Lost => Verdict::Leave,
    }
}

#[cfg(test)]
mod tests {
    use super::{ATTENTION, JobError, ROUND, Verdict, judge};
    use crate::provider::ProviderError;

    #[test]
    fn only_a_refusal_or_very_many_attempts_end_a_job() {
        let retry: JobError = ProviderError::Retry { code: "rate_limit", after: None }.into();
        assert!(matches!(judge(&retry, 5), Verdict::PutBack { code: "rate_limit", .. }));
        assert_eq!(judge(&retry, ROUND), Verdict::Bury { code: "rate_limit" });
        assert!(matches!(judge(&retry, ROUND + 1), Verdict::PutBack { .. }), "it was revived");
        assert_eq!(judge(&retry, 2 * ROUND), Verdict::Bury { code: "rate_limit" });
        let attention: JobError = ProviderError::Attention { code: "key" }.into();
        let expected = Verdict::PutBack { after: ATTENTION, code: "key" };
        assert_eq!(judge(&attention, 100_000), expected, "nothing is given up for a missing key");
        let refused: JobError = ProviderError::Refused { code: "bad_audio" }.into();
        assert_eq!(judge(&refused, 1), Verdict::Bury { code: "bad_audio" });
        assert_eq!(judge(&JobError::Lost, 1), Verdict::Leave);
    }
}
