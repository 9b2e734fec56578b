//! How it stands with the server: whether it answers, and if not, why and since when.

use chrono::{DateTime, Utc};
use medrecord_common::workstation::Connection;

use super::SyncError;

/// For one clinician.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub connection: Connection,
    /// What stopped the last pass, or a recording in it; none when nothing did.
    pub trouble: Option<Trouble>,
}

/// In words for the clinician.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub text: String,
    /// Nothing is sent until someone has done something: it does not pass by itself.
    pub needs_someone: bool,
    /// What someone has to do is to install the next version of this program.
    pub update_required: bool,
    /// No pass went through since then, whatever stopped them.
    pub since: DateTime<Utc>,
}

impl Standing {
    pub(super) const fn good() -> Self {
        Self { connection: Connection::Online, trouble: None }
    }

    /// After a pass that ended so, or that went through but for recordings that failed as the text says.
    pub(super) fn after(
        before: Option<&Self>,
        result: Result<Option<String>, &SyncError>,
        now: DateTime<Utc>,
    ) -> Self {
        let (connection, text, error) = match result {
            Ok(None) => return Self::good(),
            Ok(Some(text)) => (Connection::Online, text, None),
            Err(error) => (connection(error), error.to_string(), Some(error)),
        };
        let trouble = Trouble {
            text,
            needs_someone: error.is_some_and(SyncError::needs_someone),
            update_required: matches!(error, Some(SyncError::UpdateRequired)),
            since: before.and_then(|before| before.trouble.as_ref()).map_or(now, |old| old.since),
        };
        Self { connection, trouble: Some(trouble) }
    }
}

const fn connection(error: &SyncError) -> Connection {
    match error {
        SyncError::SignInNeeded => Connection::SignInNeeded,
        // It answers, if only to say no.
        SyncError::Busy { .. } | SyncError::Quota { .. } | SyncError::Failed(_) => {
            Connection::Online
        }
        _ => Connection::Offline,
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use medrecord_common::workstation::Connection;

    use super::Standing;
    use crate::sync::{Silence, SyncError};

    #[test]
    fn trouble_has_the_age_of_its_beginning_and_the_cause_of_now() {
        let began = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let no_network = SyncError::Unreachable(Silence::NoConnection);
        let first = Standing::after(None, Err(&no_network), began);
        let later = began + TimeDelta::hours(2);
        let busy = SyncError::Busy { retry_after: None };
        let second = Standing::after(Some(&first), Err(&busy), later);
        assert_eq!(first.connection, Connection::Offline);
        assert_eq!(second.connection, Connection::Online);
        let trouble = second.trouble.as_ref().unwrap();
        assert_eq!(
            (trouble.text.as_str(), trouble.since),
            ("The server is busy or starting again.", began)
        );
        assert_eq!(Standing::after(Some(&second), Ok(None), later), Standing::good());
    }

    #[test]
    fn a_recording_that_the_server_fails_at_is_trouble_though_the_others_go_through() {
        let now = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let why = SyncError::Failed(500).to_string();
        let standing = Standing::after(None, Ok(Some(why.clone())), now);
        assert_eq!(standing.connection, Connection::Online);
        assert_eq!(standing.trouble.unwrap().text, why);
    }
}
