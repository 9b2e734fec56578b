//! The recorder's memory and its files over a long day.

use std::fs;
use std::path::Path;

use crate::bench::usage::memory_kb;

#[derive(Default)]
pub(super) struct Memory {
    /// Resident, in kilobytes.
    resident: Vec<u64>,
    /// Largest size of the write-ahead log, in bytes.
    log: u64,
}

impl Memory {
    /// Looks once; a program that has just ended is passed over.
    pub(super) fn look(&mut self, pid: u32, folder: &Path) {
        self.resident.extend(memory_kb(pid, "status", "VmRSS:"));
        self.log = self.log.max(size(&folder.join("data/outbox.db-wal")));
    }

    pub(super) fn print(&self) {
        let mut sorted = self.resident.clone();
        sorted.sort_unstable();
        let quarter = self.resident.len() / 4;
        let [first, last] =
            [&self.resident[..quarter], &self.resident[3 * quarter..]].map(|part| {
                let mut part = part.to_vec();
                part.sort_unstable();
                part.get(part.len() / 2).copied().unwrap_or(0)
            });
        let at = |index: Option<u64>| megabytes(index.unwrap_or(0) as f64 * 1_024.0);
        println!(
            "  memory (RSS): first {:.1} MB, median {:.1} MB, last {:.1} MB, most {:.1} MB ({} looks)",
            at(self.resident.first().copied()),
            at(sorted.get(sorted.len() / 2).copied()),
            at(self.resident.last().copied()),
            at(sorted.last().copied()),
            sorted.len()
        );
        println!(
            "  median of the first quarter {:.1} MB, of the last {:.1} MB; write-ahead log at most {:.1} MB",
            at(Some(first)),
            at(Some(last)),
            megabytes(self.log as f64)
        );
    }
}

/// The outbox with its log.
pub(super) fn database_bytes(folder: &Path) -> u64 {
    ["outbox.db", "outbox.db-wal"].iter().map(|name| size(&folder.join("data").join(name))).sum()
}

pub(super) fn megabytes(bytes: f64) -> f64 {
    bytes / 1_048_576.0
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}
