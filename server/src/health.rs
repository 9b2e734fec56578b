//! Whether the server can do its work: the database answers, and how much waits.

use std::time::Duration;

use chrono::{DateTime, Utc};
use medrecord_common::health::{Health, Queue, Services};
use sqlx::PgPool;

use crate::db;

pub(crate) const HEALTHY: &str = "healthy";
/// A database that takes longer counts as unreachable.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) async fn measure(pool: &PgPool, now: DateTime<Utc>) -> Health {
    let depth = tokio::time::timeout(PATIENCE, db::job::depth(pool, now)).await;
    let (status, database, queue) = match depth {
        Ok(Ok(depth)) => {
            let queue = Queue {
                waiting: Some(depth.waiting),
                oldest_s: depth.oldest_s,
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
    Health {
        status: status.to_owned(),
        timestamp: now,
        services: Services { database: database.to_owned(), api: "running".to_owned(), queue },
    }
}
