//! The epoch: notices that the database is an older one than it was, and tells the workstations.
//!
//! A backup that is restored lacks what came after it, and nothing in it says so. So a mark that grows is kept in
//! the database and beside it, in the store of the keys: when the database is behind, a new epoch begins. Its id goes
//! out with every answer; a workstation that sees another one asks about every recording it still has.

mod lost;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db;
use crate::db::epoch::EpochRow;
use crate::state::App;

/// A restored database that is not even this much behind may go unnoticed.
const BEAT_EVERY: Duration = Duration::from_secs(10);

/// Which epoch, and how often it was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) id: Uuid,
    /// Higher than that of any epoch before.
    pub(crate) generation: u32,
    pub(crate) beat: u64,
}

/// The epoch that clients are told of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Epoch(Arc<RwLock<Option<Current>>>);

#[derive(Debug, Clone, Copy)]
struct Current {
    id: Uuid,
    /// Set when it began with a restore.
    restored_at: Option<DateTime<Utc>>,
}

impl Epoch {
    /// None until it is known.
    pub(crate) fn id(&self) -> Option<Uuid> {
        self.current().map(|current| current.id)
    }

    /// When the database was restored, if this epoch began so.
    pub(crate) fn restored_at(&self) -> Option<DateTime<Utc>> {
        self.current()?.restored_at
    }

    fn current(&self) -> Option<Current> {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, current: Current) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(current);
    }
}

/// Looks every few seconds until shutdown.
pub(crate) async fn keep(app: App) {
    while !app.shutdown.is_cancelled() {
        if let Err(error) = app.look_at_epoch().await {
            tracing::error!(error = %format!("{error:#}"), "the epoch will be looked at again");
        }
        tokio::select! {
            () = tokio::time::sleep(BEAT_EVERY) => {}
            () = app.shutdown.cancelled() => {}
        }
    }
}

impl App {
    /// Compares the two marks, begins a new epoch when the database went back, and moves both on.
    ///
    /// # Errors
    /// When the database or the store of the keys does not answer; clients are told nothing new then.
    pub async fn look_at_epoch(&self) -> anyhow::Result<()> {
        // Before the database: whoever moves a mark moves the database's first.
        let beside = self.objects.epoch_mark().await?;
        let mut tx = self.pool.begin().await?;
        let row = db::epoch::lock(&mut *tx).await?;
        let now = self.clock.now();
        let next = next(beside, row.as_ref().map(|row| row.mark));
        let is_new = row.as_ref().is_none_or(|row| row.mark.id != next.id);
        db::epoch::put(&mut *tx, &next, now).await?;
        tx.commit().await?;
        self.objects.put_epoch_mark(&next).await?;
        if is_new && next.generation > 1 {
            tracing::warn!(epoch.id = %next.id, "the database was restored: a new epoch begins");
        }
        let is_checked = row.as_ref().is_some_and(|row| row.is_checked) && !is_new;
        if !is_checked {
            if next.generation > 1 {
                lost::mark(self).await?;
            }
            db::epoch::set_checked(&self.pool, next.id, now).await?;
        }
        let began_at = row.filter(|_| !is_new).map_or(now, |EpochRow { began_at, .. }| began_at);
        let restored_at = (next.generation > 1).then_some(began_at);
        self.epoch.set(Current { id: next.id, restored_at });
        Ok(())
    }
}

/// The mark that both get: the next of the same epoch, or the first of a new one when the database is behind.
fn next(beside: Option<Mark>, database: Option<Mark>) -> Mark {
    let new = |generation| Mark { id: Uuid::now_v7(), generation, beat: 1 };
    match (beside, database) {
        (None, None) => new(1),
        // Another server has just begun the first one and has not said so beside yet.
        (None, Some(mark)) if mark.beat == 1 => Mark { beat: 2, ..mark },
        // The store of the keys is another one: so may the database be.
        (None, Some(mark)) => new(mark.generation + 1),
        (Some(mark), None) => new(mark.generation + 1),
        (Some(beside), Some(mark)) => {
            let is_same = beside.id == mark.id && beside.beat <= mark.beat;
            // Another server began it and was interrupted before it said so beside.
            let is_newer = mark.generation > beside.generation;
            if is_same || is_newer {
                Mark { beat: mark.beat + 1, ..mark }
            } else {
                new(beside.generation.max(mark.generation) + 1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Mark, next};

    fn mark(id: u128, generation: u32, beat: u64) -> Option<Mark> {
        Some(Mark { id: Uuid::from_u128(id), generation, beat })
    }

    #[test]
    fn an_epoch_goes_on_as_long_as_the_database_is_not_behind() {
        for beside in [mark(1, 1, 7), mark(1, 1, 3), mark(9, 1, 99)] {
            let database = if beside == mark(9, 1, 99) { mark(1, 2, 7) } else { mark(1, 1, 7) };
            assert_eq!(Some(next(beside, database)), mark(1, database.unwrap().generation, 8));
        }
    }

    #[test]
    fn a_database_that_went_back_begins_a_new_epoch_above_all_before() {
        for (beside, database, generation) in [
            (mark(1, 1, 7), mark(1, 1, 6), 2),
            (mark(2, 2, 1), mark(1, 1, 6), 3),
            (mark(2, 2, 1), mark(3, 2, 6), 3),
            (mark(1, 4, 7), None, 5),
            (None, mark(1, 4, 7), 5),
        ] {
            let new = next(beside, database);
            assert_eq!((new.generation, new.beat), (generation, 1));
            assert!(beside.is_none_or(|mark| mark.id != new.id));
            assert!(database.is_none_or(|mark| mark.id != new.id));
        }
    }

    #[test]
    fn the_first_epoch_restores_nothing() {
        assert_eq!(next(None, None).generation, 1);
        assert_eq!(
            Some(next(None, mark(1, 1, 1))),
            mark(1, 1, 2),
            "of servers that start together"
        );
    }
}
