//! What a request came with, and which of many hold still.

use std::collections::HashSet;

use uuid::Uuid;

use super::session;
use crate::db;
use crate::state::App;

/// A browser's session or a workstation's credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Credential {
    /// By the hash of its token.
    Session([u8; 32]),
    Device(Uuid),
}

/// Those that are neither revoked nor over.
pub(crate) async fn holding(
    app: &App,
    credentials: &[Credential],
) -> sqlx::Result<HashSet<Credential>> {
    let (mut sessions, mut devices) = (Vec::new(), Vec::new());
    for credential in credentials {
        match credential {
            Credential::Session(hash) => sessions.push(hash.to_vec()),
            Credential::Device(id) => devices.push(*id),
        }
    }
    let mut holding = HashSet::new();
    if !sessions.is_empty() {
        let hashes = session::holding(app, &sessions).await?;
        holding.extend(
            hashes.into_iter().filter_map(|hash| hash.try_into().ok().map(Credential::Session)),
        );
    }
    if !devices.is_empty() {
        let ids = db::credential::holding(&app.pool, &devices).await?;
        holding.extend(ids.into_iter().map(Credential::Device));
    }
    Ok(holding)
}
