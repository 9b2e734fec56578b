//! Audio at rest: an encrypted object a segment, a wrapped data key a recording.
//!
//! What is written here is synced to disk before the call returns; the row that names it comes after.

mod cipher;
mod master_keys;
mod rewrap;
mod store;

use std::sync::Arc;

use anyhow::Context as _;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::TryStreamExt as _;
use medrecord_common::ids::RecordingId;
use medrecord_common::segment::Digest;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};
use uuid::Uuid;

pub use self::master_keys::MasterKeys;
pub use self::rewrap::Rewrapped;
pub(crate) use self::rewrap::rewrap;
pub use self::store::Copied;
use crate::config::{Config, Store};
use crate::epoch::Mark;

/// Name of the epoch's mark in the store of the keys.
const EPOCH: &str = "epoch";

/// The two stores: audio, and the keys that open it.
#[derive(Debug, Clone)]
pub(crate) struct Objects {
    audio: Arc<dyn ObjectStore>,
    keys: Arc<dyn ObjectStore>,
    master_keys: MasterKeys,
}

/// Which bytes are meant: name of the object, and part of what its encryption vouches for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SegmentName {
    pub(crate) recording: RecordingId,
    pub(crate) seq: u32,
    /// SHA-256 of the plain bytes.
    pub(crate) digest: Digest,
}

impl Objects {
    pub(crate) fn open(config: &Config) -> anyhow::Result<Self> {
        Ok(Self {
            audio: store::open(&config.audio).context("the store of the audio")?,
            keys: store::open(&config.keys).context("the store of the keys")?,
            master_keys: config.master_keys.clone(),
        })
    }

    /// Makes a data key and stores it wrapped; its row is the caller's.
    pub(crate) async fn make_key(&self) -> anyhow::Result<Uuid> {
        let id = Uuid::now_v7();
        let wrapped = self.master_keys.wrap(id, &cipher::random_key()?)?;
        self.keys.put(&key_path(id), PutPayload::from(wrapped)).await?;
        Ok(id)
    }

    /// Stores a segment. The name holds the digest, so two writers cannot overwrite each other's bytes.
    pub(crate) async fn put(
        &self,
        name: SegmentName,
        key: Uuid,
        plain: &[u8],
    ) -> anyhow::Result<()> {
        let object = cipher::seal(&self.data_key(key).await?, key, name, plain)?;
        self.audio.put(&name.path(), PutPayload::from(object)).await?;
        Ok(())
    }

    /// A segment's plain bytes; an object that was changed or exchanged does not open.
    pub(crate) async fn get(&self, name: SegmentName, key: Uuid) -> anyhow::Result<Bytes> {
        let object = self.audio.get(&name.path()).await?.bytes().await?;
        let plain = cipher::open(&self.data_key(key).await?, key, name, &object)?;
        Ok(plain.into())
    }

    /// Whether a segment's object is there; it is not opened.
    pub(crate) async fn has(&self, name: SegmentName) -> anyhow::Result<bool> {
        is_there(&*self.audio, &name.path()).await
    }

    pub(crate) async fn has_key(&self, id: Uuid) -> anyhow::Result<bool> {
        is_there(&*self.keys, &key_path(id)).await
    }

    /// The mark of the epoch that is kept beside the database.
    pub(crate) async fn epoch_mark(&self) -> anyhow::Result<Option<Mark>> {
        match self.keys.get(&EPOCH.into()).await {
            Ok(object) => Ok(Some(serde_json::from_slice(&object.bytes().await?)?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) async fn put_epoch_mark(&self, mark: &Mark) -> anyhow::Result<()> {
        let bytes = serde_json::to_vec(mark)?;
        self.keys.put(&EPOCH.into(), PutPayload::from(bytes)).await?;
        Ok(())
    }

    /// Deletes a data key: what it sealed opens no more. One that is gone already is no error.
    pub(crate) async fn destroy_key(&self, id: Uuid) -> anyhow::Result<()> {
        delete(&*self.keys, &key_path(id)).await
    }

    /// Deletes every object of a recording, also those that no row names.
    pub(crate) async fn delete_audio(&self, recording: RecordingId) -> anyhow::Result<()> {
        let folder = object_store::path::Path::from(recording.to_string());
        let objects: Vec<_> = self.audio.list(Some(&folder)).try_collect().await?;
        for object in objects {
            delete(&*self.audio, &object.location).await?;
        }
        Ok(())
    }

    /// Recordings of which there are objects.
    pub(crate) async fn recordings(&self) -> anyhow::Result<Vec<RecordingId>> {
        let folders = self.audio.list_with_delimiter(None).await?.common_prefixes;
        Ok(folders.iter().filter_map(|folder| folder.filename()?.parse().ok()).collect())
    }

    /// A recording's objects that were written before then, whether a row names them or not.
    pub(crate) async fn stored(
        &self,
        recording: RecordingId,
        before: DateTime<Utc>,
    ) -> anyhow::Result<Vec<SegmentName>> {
        let folder = object_store::path::Path::from(recording.to_string());
        let objects: Vec<_> = self.audio.list(Some(&folder)).try_collect().await?;
        let old = objects.into_iter().filter(|object| object.last_modified < before);
        Ok(old.filter_map(|object| SegmentName::parse(recording, &object.location)).collect())
    }

    /// Deletes a segment's object. One that is gone already is no error.
    pub(crate) async fn delete(&self, name: SegmentName) -> anyhow::Result<()> {
        delete(&*self.audio, &name.path()).await
    }

    async fn data_key(&self, id: Uuid) -> anyhow::Result<[u8; 32]> {
        let wrapped = self.keys.get(&key_path(id)).await?.bytes().await?;
        self.master_keys.unwrap(id, &wrapped)
    }
}

impl SegmentName {
    fn path(&self) -> object_store::path::Path {
        format!("{}/{}-{}", self.recording, self.seq, self.digest).into()
    }

    /// The name of an object in a recording's folder; none when it is not one of ours.
    fn parse(recording: RecordingId, path: &object_store::path::Path) -> Option<Self> {
        let (seq, digest) = path.filename()?.split_once('-')?;
        Some(Self { recording, seq: seq.parse().ok()?, digest: Digest::from_hex(digest).ok()? })
    }
}

async fn delete(store: &dyn ObjectStore, path: &object_store::path::Path) -> anyhow::Result<()> {
    match store.delete(path).await {
        Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn is_there(
    store: &dyn ObjectStore,
    path: &object_store::path::Path,
) -> anyhow::Result<bool> {
    match store.head(path).await {
        Ok(_) => Ok(true),
        Err(object_store::Error::NotFound { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn key_path(id: Uuid) -> object_store::path::Path {
    format!("keys/{id}").into()
}

/// Copies a store into another; see `store::copy`.
///
/// # Errors
/// When one of them does not answer, or does not give back what was written.
pub async fn copy(from: &Store, to: &Store, mirror: bool) -> anyhow::Result<Copied> {
    store::copy(&*store::open(from)?, &*store::open(to)?, mirror).await
}
