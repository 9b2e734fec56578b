//! Where audio and wrapped keys lie: in folders of this machine, or in an S3-compatible store.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::env::Environment;

/// One of the two stores.
#[derive(Debug, Clone)]
pub enum Store {
    Folder(PathBuf),
    Bucket(Bucket),
}

/// A part of a bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    pub name: String,
    /// Before the names of all objects; may be empty.
    pub prefix: String,
    pub s3: S3,
}

/// How the store is reached: AWS, or what speaks its API.
#[derive(Debug, Clone)]
pub struct S3 {
    /// None: AWS's own for the region.
    pub endpoint: Option<String>,
    pub region: String,
    pub access_key_id: SecretString,
    pub secret_access_key: SecretString,
}

impl Store {
    /// `NAME_DIR`, or `NAME_URL` of the form `s3://bucket/prefix` with the `S3_…` settings.
    pub(super) fn read(env: &mut Environment, name: &str) -> Option<Self> {
        let (dir, url) = (format!("{name}_DIR"), format!("{name}_URL"));
        let Some(value) = env.optional(&url) else {
            return env.required(&dir).map(|path| Self::Folder(path.into()));
        };
        if env.optional(&dir).is_some() {
            env.fault(&url, &format!("is one place too many: set it or {dir}, not both"));
        }
        let Some((name, prefix)) = parse(&value) else {
            env.fault(&url, "must be s3://BUCKET or s3://BUCKET/PREFIX");
            return None;
        };
        Some(Self::Bucket(Bucket { name, prefix, s3: S3::read(env)? }))
    }

    /// The folder, if it is one.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::Bucket(_) => None,
        }
    }
}

impl S3 {
    fn read(env: &mut Environment) -> Option<Self> {
        let (id, key) = (env.secret("S3_ACCESS_KEY_ID"), env.secret("S3_SECRET_ACCESS_KEY"));
        Some(Self {
            endpoint: env.optional("S3_ENDPOINT"),
            region: env.or("S3_REGION", "us-east-1"),
            access_key_id: id?,
            secret_access_key: key?,
        })
    }
}

fn parse(url: &str) -> Option<(String, String)> {
    let rest = url.strip_prefix("s3://")?.trim_end_matches('/');
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    (!bucket.is_empty()).then(|| (bucket.to_owned(), prefix.to_owned()))
}
