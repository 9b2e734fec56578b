//! Whether the server can do its work: the database answers, how much waits, how old the last backup is.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use medrecord_common::health::{Backup, Health, Queue, Services};

use crate::state::App;
use crate::{backup, db};

pub(crate) const HEALTHY: &str = "healthy";
/// A database that takes longer counts as unreachable.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) async fn measure(app: &App) -> Health {
    let now = app.clock.now();
    let depth = tokio::time::timeout(PATIENCE, db::job::depth(&app.pool, now)).await;
    let (status, database, queue) = match depth {
        Ok(Ok(depth)) => {
            let queue = Queue {
                waiting: Some(depth.waiting),
                oldest_s: depth.oldest_s,
                failing: Some(depth.failing),
                dead: Some(depth.dead),
            };
            (HEALTHY, "connected", queue)
        }
        Ok(Err(error)) => {
            tracing::error!(%error, "the database does not answer");
            ("unhealthy", "unreachable", Queue::default())
        }
        Err(_) => ("unhealthy", "unreachable", Queue::default()),
    };
    let services = Services {
        database: database.to_owned(),
        api: "running".to_owned(),
        queue,
        backup: app
            .config
            .backup_status_file
            .as_deref()
            .map(|file| age(file, now))
            .unwrap_or_default(),
    };
    Health { status: status.to_owned(), timestamp: now, services }
}

fn age(status_file: &Path, now: DateTime<Utc>) -> Backup {
    let status = backup::Backup::read(status_file);
    let seconds = |at: DateTime<Utc>| (now - at).num_seconds().max(0);
    Backup { age_s: status.last_backup.map(seconds), drill_age_s: status.last_drill.map(seconds) }
}
