//! A copy of the database's first page: without it no other page can be found.
//!
//! It is encrypted as the page is, and taken at each start. The tables begin where they began then: only a
//! new version of the schema moves that.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::page::{self, PAGE};

/// Copies the page, which must be whole and not only in the log.
pub(super) fn keep(path: &Path) -> io::Result<()> {
    let page = read(path)?;
    let copy = copy_of(path);
    if fs::read(&copy).is_ok_and(|kept| kept == page) {
        return Ok(());
    }
    let new = copy.with_extension("first-page.new");
    let mut file = File::create(&new)?;
    file.write_all(&page)?;
    file.sync_all()?;
    fs::rename(new, copy)
}

/// Puts the copy in the damaged page's place; returns that page, or none when there is no copy that fits.
pub(super) fn put_back(path: &Path, key: &SecretString) -> io::Result<Option<Vec<u8>>> {
    let copy = fs::read(copy_of(path)).ok();
    let Some(copy) = copy.and_then(|copy| page::without_page_count(&copy, key)) else {
        return Ok(None);
    };
    let damaged = read(path)?;
    write(path, &copy)?;
    Ok(Some(damaged))
}

pub(super) fn write(path: &Path, page: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.write_all(page)?;
    file.sync_all()
}

/// Whether the key is the database's, though its first page does not say so.
pub(in crate::outbox) fn key_fits(path: &Path, key: &SecretString) -> bool {
    let pages = [read(path), fs::read(copy_of(path))];
    let pages: Vec<_> = pages.into_iter().filter_map(Result::ok).collect();
    page::key_fits(path, key, &pages)
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut page = vec![0; PAGE];
    File::open(path)?.read_exact(&mut page)?;
    Ok(page)
}

fn copy_of(path: &Path) -> PathBuf {
    path.with_extension("first-page")
}
