//! Opens a store, and copies one into another.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use futures::TryStreamExt as _;
use object_store::aws::{AmazonS3Builder, S3ConditionalPut};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt as _, PutPayload, RetryConfig};
use secrecy::ExposeSecret as _;

use crate::config::{Bucket, Store};

/// A store that does not answer is the workstation's to try again; it waits shorter than a proxy does.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a copy did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    pub copied: usize,
    /// Were there already.
    pub there: usize,
    pub bytes: u64,
}

/// Opens it; a folder is made, a bucket is not.
pub(super) fn open(store: &Store) -> anyhow::Result<Arc<dyn ObjectStore>> {
    match store {
        Store::Folder(folder) => {
            std::fs::create_dir_all(folder)?;
            Ok(Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true)))
        }
        Store::Bucket(bucket) => open_bucket(bucket),
    }
}

fn open_bucket(bucket: &Bucket) -> anyhow::Result<Arc<dyn ObjectStore>> {
    let s3 = &bucket.s3;
    let retry = RetryConfig { max_retries: 3, retry_timeout: PATIENCE, ..RetryConfig::default() };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&bucket.name)
        .with_region(&s3.region)
        .with_access_key_id(s3.access_key_id.expose_secret())
        .with_secret_access_key(s3.secret_access_key.expose_secret())
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_client_options(ClientOptions::new().with_timeout(PATIENCE))
        .with_retry(retry);
    if let Some(endpoint) = &s3.endpoint {
        // Objects are encrypted here, and the secret only signs: inside a network of its own plain HTTP gives nothing away.
        builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
    }
    Ok(Arc::new(PrefixStore::new(builder.build()?, bucket.prefix.as_str())))
}

/// Copies what is not in `to` yet, and reads back what it wrote.
///
/// Audio never changes under its name, so an object that is there with its length is there. A `mirror` is for keys, which
/// are wrapped anew under theirs: it compares the bytes, and deletes what is no longer in `from`.
pub(super) async fn copy(
    from: &dyn ObjectStore,
    to: &dyn ObjectStore,
    mirror: bool,
) -> anyhow::Result<Copied> {
    let mut done = Copied::default();
    let mut names = std::collections::HashSet::new();
    let mut objects = from.list(None);
    while let Some(object) = objects.try_next().await? {
        let name = object.location;
        names.insert(name.clone());
        let is_there = has_length(to, &name, object.size).await?;
        if is_there && !mirror {
            done.there += 1;
            continue;
        }
        let bytes = from.get(&name).await?.bytes().await?;
        if is_there && to.get(&name).await?.bytes().await? == bytes {
            done.there += 1;
            continue;
        }
        to.put(&name, PutPayload::from(bytes.clone())).await?;
        let back = to.get(&name).await?.bytes().await.context("reading back what was copied")?;
        ensure!(back == bytes, "{name} is not what was copied");
        done.copied += 1;
        done.bytes += object.size;
    }
    if mirror {
        let there: Vec<_> = to.list(None).try_collect().await?;
        for object in there.iter().filter(|object| !names.contains(&object.location)) {
            to.delete(&object.location).await?;
        }
    }
    Ok(done)
}

async fn has_length(store: &dyn ObjectStore, name: &Path, length: u64) -> anyhow::Result<bool> {
    match store.head(name).await {
        Ok(there) => Ok(there.size == length),
        Err(object_store::Error::NotFound { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
