//! SHA-256 of files and of folders: checksums of downloads, and stamps that say "nothing changed".

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

/// SHA-256 of a file, hexadecimal.
pub(crate) fn of_file(path: &Path) -> Result<String> {
    let mut file = fs::File::open(path).with_context(|| format!("open {}", path.display()))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer).with_context(|| format!("read {}", path.display()))?;
        if read == 0 {
            return Ok(hex::encode(hash.finalize()));
        }
        hash.update(&buffer[..read]);
    }
}

/// SHA-256 of a string, hexadecimal.
pub(crate) fn of_text(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// Refuses a file whose SHA-256 is another than the pinned one.
pub(crate) fn check(path: &Path, sha256: &str) -> Result<()> {
    let found = of_file(path)?;
    if found != sha256 {
        bail!("{} is damaged or not the pinned release (SHA-256 {found})", path.display());
    }
    Ok(())
}

/// One digest over names and bytes of all files below `folder`, without folders named in `skip`.
pub(crate) fn of_folder(folder: &Path, skip: &[&str]) -> Result<String> {
    let mut hash = Sha256::new();
    for path in files(folder, skip)? {
        hash.update(path.to_string_lossy().as_bytes());
        hash.update(of_file(&path)?);
    }
    Ok(hex::encode(hash.finalize()))
}

/// All files below `folder`, sorted, without folders named in `skip`.
pub(crate) fn files(folder: &Path, skip: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("list {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() && !skip.iter().any(|name| entry.file_name() == *name) {
                open.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}
