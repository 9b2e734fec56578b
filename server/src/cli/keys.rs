//! Makes the secrets of a new installation.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::objects::MasterKeys;
use crate::receipt::ReceiptSigner;

/// All three or none: a key that is overwritten is audio that is lost.
pub(super) fn new(dir: &Path) -> anyhow::Result<()> {
    let mut secret = [0; 32];
    aws_lc_rs::rand::fill(&mut secret).context("the system has no randomness")?;
    let files = [
        ("jwt_secret", hex::encode(secret) + "\n"),
        ("master_keys", MasterKeys::generate_text()),
        ("receipt_key", ReceiptSigner::generate_text()),
    ];
    std::fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    for (name, _) in &files {
        let path = dir.join(name);
        if path.exists() {
            bail!("{} exists already; nothing was written.", path.display());
        }
    }
    for (name, contents) in &files {
        write(&dir.join(name), contents)?;
    }
    Ok(())
}

/// A new file for its owner only, synced.
pub(super) fn write(path: &Path, contents: &str) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).with_context(|| path.display().to_string())?;
    file.write_all(contents.as_bytes())?;
    file.sync_all()?;
    Ok(())
}
