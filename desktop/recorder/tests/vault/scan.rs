//! Looks for plain text in every file of a folder: by strings, and by entropy.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// SQLCipher's page.
const PAGE: usize = 4096;
/// 4,096 uniformly random bytes have 7.955 bits a byte on average, and 7.93 in the worst of a million.
const RANDOM: f64 = 7.9;
/// Of a write-ahead log (SQLite's file format, 4.1): plain, and without content.
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// Byte strings that must be nowhere, with what they are.
pub(crate) type Forbidden = Vec<(String, Vec<u8>)>;

/// A word as UTF-8 and UTF-16 in both orders.
pub(crate) fn word(word: &str) -> Forbidden {
    let wide = |bytes: fn(u16) -> [u8; 2]| word.encode_utf16().flat_map(bytes).collect();
    vec![
        (format!("{word} in UTF-8"), word.as_bytes().to_vec()),
        (format!("{word} in UTF-16 LE"), wide(u16::to_le_bytes)),
        (format!("{word} in UTF-16 BE"), wide(u16::to_be_bytes)),
    ]
}

/// All files below a folder; a file is itself.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    if folder.is_file() {
        return vec![folder.to_owned()];
    }
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// What of `forbidden` is found, and in which file.
pub(crate) fn findings(folder: &Path, forbidden: &Forbidden) -> Vec<String> {
    let mut by_start = vec![Vec::new(); 1 << 16];
    for (what, pattern) in forbidden {
        by_start[start(pattern)].push((what, pattern));
    }
    let mut found = BTreeSet::new();
    for file in files(folder) {
        let bytes = fs::read(&file).unwrap();
        for at in 0..bytes.len().saturating_sub(1) {
            for (what, pattern) in &by_start[start(&bytes[at..])] {
                if bytes[at..].starts_with(pattern) {
                    found.insert(format!("{what} in {}", file.display()));
                }
            }
        }
    }
    found.into_iter().collect()
}

/// The first two bytes as a number; every pattern has as many.
fn start(bytes: &[u8]) -> usize {
    usize::from(u16::from_be_bytes([bytes[0], bytes[1]]))
}

/// The least entropy of any page of databases and their logs, in bits a byte, and how many pages were
/// weighed. Exempt, because they hold no content: headers of the log and of its frames, and the whole of
/// `-shm`, which lists page numbers.
pub(crate) fn least_entropy(folder: &Path) -> (f64, usize) {
    let mut least = f64::MAX;
    let mut pages = 0;
    for file in files(folder) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = fs::read(&file).unwrap();
        let blocks: Vec<&[u8]> = if name.ends_with(".db") {
            bytes.chunks_exact(PAGE).collect()
        } else if name.ends_with(".db-wal") && bytes.len() > LOG_HEADER {
            let frames = bytes[LOG_HEADER..].chunks_exact(FRAME_HEADER + PAGE);
            frames.map(|frame| &frame[FRAME_HEADER..]).collect()
        } else {
            continue;
        };
        for block in blocks {
            pages += 1;
            least = least.min(entropy(block));
        }
    }
    (least, pages)
}

pub(crate) fn looks_random(entropy: f64) -> bool {
    entropy >= RANDOM
}

fn entropy(block: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in block {
        counts[usize::from(*byte)] += 1;
    }
    let length = block.len() as f64;
    let parts = counts.iter().filter(|count| **count > 0).map(|count| {
        let share = f64::from(*count) / length;
        -share * share.log2()
    });
    parts.sum()
}
