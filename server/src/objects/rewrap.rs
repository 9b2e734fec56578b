//! Wraps data keys anew with the newest master key, so that an older one is no longer needed.

use anyhow::{Context as _, ensure};
use futures::TryStreamExt as _;
use object_store::{ObjectStore as _, ObjectStoreExt as _, PutPayload};
use sqlx::PgPool;
use uuid::Uuid;

use super::{MasterKeys, Objects, key_path};
use crate::db;
use crate::state::App;

/// What a run came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rewrapped {
    pub anew: usize,
    /// Were wrapped with the newest master key already.
    pub before: usize,
    /// Destroyed meanwhile: they stay so.
    pub destroyed: usize,
    /// Could not be opened, and are as they were: which, and why.
    pub faults: Vec<(Uuid, String)>,
}

enum Done {
    Anew,
    Before,
    Destroyed,
}

/// Goes over every data key, those that no row names too: a backup that is restored later may name them.
///
/// # Errors
/// When the database or the store does not answer; what was wrapped anew stays so, and the next run goes on.
pub(crate) async fn rewrap(pool: &PgPool, objects: &Objects) -> anyhow::Result<Rewrapped> {
    let mut rewrapped = Rewrapped::default();
    for id in objects.key_ids().await? {
        match one(pool, objects, id).await? {
            Ok(Done::Anew) => rewrapped.anew += 1,
            Ok(Done::Before) => rewrapped.before += 1,
            Ok(Done::Destroyed) => rewrapped.destroyed += 1,
            Err(fault) => rewrapped.faults.push((id, format!("{fault:#}"))),
        }
    }
    Ok(rewrapped)
}

impl App {
    /// As `keys rewrap` does.
    ///
    /// # Errors
    /// When the database or the store does not answer.
    pub async fn rewrap_keys(&self) -> anyhow::Result<Rewrapped> {
        rewrap(&self.pool, &self.objects).await
    }
}

/// The outer error stops the run, the inner one concerns this key alone.
async fn one(pool: &PgPool, objects: &Objects, id: Uuid) -> anyhow::Result<anyhow::Result<Done>> {
    let newest = objects.master_keys.newest();
    match objects.wrapped(id).await? {
        None => return Ok(Ok(Done::Destroyed)),
        Some(wrapped) => match MasterKeys::number_of(&wrapped) {
            Ok(number) if number == newest => return Ok(Ok(Done::Before)),
            Ok(_) => {}
            Err(fault) => return Ok(Err(fault)),
        },
    }
    // A purge marks the row before it deletes the key. Either it has done so, or it waits here until the key is in its
    // place again; so a key that was destroyed never comes back.
    let mut tx = pool.begin().await?;
    let is_destroyed = db::recording_key::hold(&mut *tx, id).await? == Some(true);
    let wrapped = if is_destroyed { None } else { objects.wrapped(id).await? };
    let Some(wrapped) = wrapped else { return Ok(Ok(Done::Destroyed)) };
    let anew = match objects.wrap_anew(id, &wrapped) {
        Ok(anew) => anew,
        Err(fault) => return Ok(Err(fault)),
    };
    objects.keys.put(&key_path(id), PutPayload::from(anew)).await?;
    tx.commit().await?;
    Ok(Ok(Done::Anew))
}

impl Objects {
    async fn key_ids(&self) -> anyhow::Result<Vec<Uuid>> {
        let objects: Vec<_> = self.keys.list(Some(&"keys".into())).try_collect().await?;
        let ids = objects.iter().filter_map(|object| object.location.filename()?.parse().ok());
        Ok(ids.collect())
    }

    /// A data key as it is stored; none when it is gone.
    async fn wrapped(&self, id: Uuid) -> anyhow::Result<Option<Vec<u8>>> {
        match self.keys.get(&key_path(id)).await {
            Ok(object) => Ok(Some(object.bytes().await?.into())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Opened and looked at before it takes the old one's place: with it all audio under it would be lost.
    fn wrap_anew(&self, id: Uuid, wrapped: &[u8]) -> anyhow::Result<Vec<u8>> {
        let data_key = self.master_keys.unwrap(id, wrapped)?;
        let anew = self.master_keys.wrap(id, &data_key)?;
        let back = self.master_keys.unwrap(id, &anew).context("what was just wrapped")?;
        ensure!(back == data_key, "what was just wrapped is another key");
        Ok(anew)
    }
}
