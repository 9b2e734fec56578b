//! How it stands with the server: whether it answers, and if not, why and since when.

use chrono::{DateTime, Utc};
use medrecord_common::workstation::Connection;

use super::SyncError;

/// For one clinician.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub connection: Connection,
    /// What stopped the last pass; none when nothing did.
    pub trouble: Option<Trouble>,
}

/// In words for the clinician.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub text: String,
    /// Someone has to do something: it does not pass by itself.
    pub needs_someone: bool,
    /// No pass went through since then, whatever stopped them.
    pub since: DateTime<Utc>,
}

impl Standing {
    pub(super) const fn good() -> Self {
        Self { connection: Connection::Online, trouble: None }
    }

    /// After a pass that ended so.
    pub(super) fn after(
        before: Option<&Self>,
        result: Result<(), &SyncError>,
        now: DateTime<Utc>,
    ) -> Self {
        let Err(error) = result else { return Self::good() };
        let since = before.and_then(|before| before.trouble.as_ref()).map_or(now, |old| old.since);
        let needs_someone = matches!(error, SyncError::CertificateTime | SyncError::UpdateRequired);
        Self {
            connection: connection(error),
            trouble: Some(Trouble { text: error.to_string(), needs_someone, since }),
        }
    }
}

const fn connection(error: &SyncError) -> Connection {
    match error {
        SyncError::SignInNeeded => Connection::SignInNeeded,
        // It answers, if only to say no.
        SyncError::Busy { .. } | SyncError::Failed(_) => Connection::Online,
        _ => Connection::Offline,
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use medrecord_common::workstation::Connection;

    use super::Standing;
    use crate::sync::SyncError;

    #[test]
    fn trouble_has_the_age_of_its_beginning_and_the_cause_of_now() {
        let began = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let no_network = SyncError::Unreachable("no connection".to_owned());
        let first = Standing::after(None, Err(&no_network), began);
        let later = began + TimeDelta::hours(2);
        let busy = SyncError::Busy { retry_after: None };
        let second = Standing::after(Some(&first), Err(&busy), later);
        assert_eq!(first.connection, Connection::Offline);
        assert_eq!(second.connection, Connection::Online);
        let trouble = second.trouble.as_ref().unwrap();
        assert_eq!((trouble.text.as_str(), trouble.since), ("The server is busy.", began));
        assert_eq!(Standing::after(Some(&second), Ok(()), later), Standing::good());
    }
}
