//! One file's bytes: what programs read, and what would be left of them without power.

use std::collections::BTreeMap;

use super::Lost;
use crate::random::Random;

/// What the system writes back at once.
const PAGE: usize = 4_096;
/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

type Page = Box<[u8; PAGE]>;

#[derive(Default)]
pub(super) struct Content {
    now: Vec<u8>,
    /// What the disk has of the pages that were written since the last sync; none: nothing, which reads as zeros.
    /// Of all other pages it has what is read now.
    before: BTreeMap<usize, Option<Page>>,
    /// Where in the journal the file was cut short for the last time.
    shrunk: u64,
}

/// How much of what was not synced a cut leaves.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    /// Where in the journal the disk has come to.
    pub(super) reached: u64,
    /// Pages of a hundred that had been written back.
    pub(super) share: u64,
}

impl Content {
    pub(super) fn read(&self, at: usize, length: usize) -> &[u8] {
        let from = at.min(self.now.len());
        &self.now[from..self.now.len().min(from.saturating_add(length))]
    }

    pub(super) fn write(&mut self, at: usize, bytes: &[u8]) {
        let end = at + bytes.len();
        if bytes.is_empty() {
            return;
        }
        (at / PAGE..=(end - 1) / PAGE).for_each(|page| self.remember(page));
        if self.now.len() < end {
            self.now.resize(end, 0);
        }
        self.now[at..end].copy_from_slice(bytes);
    }

    /// `at`: where in the journal this is.
    pub(super) fn resize(&mut self, size: usize, at: u64) {
        if size < self.now.len() {
            (size / PAGE..=(self.now.len() - 1) / PAGE).for_each(|page| self.remember(page));
            self.shrunk = at;
        }
        self.now.resize(size, 0);
    }

    pub(super) fn sync(&mut self) {
        self.before.clear();
    }

    /// The disk has learned that the file ended here: what it had beyond is gone.
    pub(super) fn end_stored(&mut self, size: usize) {
        for (page, image) in self.before.range_mut(size / PAGE..) {
            match image {
                Some(image) if page * PAGE < size => image[size % PAGE..].fill(0),
                _ => *image = None,
            }
        }
    }

    /// What the disk has after a cut, when it knows the file to be of that size.
    pub(super) fn cut(&mut self, size: usize, cut: Cut, random: &mut Random, lost: &mut Lost) {
        // What is written after a file was cut short lies in other blocks, of which the journal knows only then.
        let share = if self.shrunk > cut.reached { 0 } else { cut.share };
        self.now.resize(self.now.len().max(size), 0);
        for (page, image) in std::mem::take(&mut self.before) {
            let is_torn = random.below(8) == 0;
            let is_written = random.below(100) < share;
            match (share > 0 && is_torn, is_written) {
                (true, _) => lost.torn += 1,
                (_, true) => lost.kept += 1,
                (_, false) => lost.pages += 1,
            }
            let image = image.unwrap_or_else(|| Box::new([0; PAGE]));
            for (at, old) in (page * PAGE..).step_by(SECTOR).zip(image.chunks(SECTOR)) {
                let keeps = if share > 0 && is_torn { random.below(2) == 0 } else { is_written };
                let end = self.now.len().min(at + SECTOR);
                if !keeps && at < end {
                    self.now[at..end].copy_from_slice(&old[..end - at]);
                }
            }
        }
        self.now.resize(size, 0);
        self.shrunk = 0;
    }

    fn remember(&mut self, page: usize) {
        let now = &self.now;
        self.before.entry(page).or_insert_with(|| {
            let old = now.get(page * PAGE..now.len().min((page + 1) * PAGE))?;
            let mut image = Box::new([0; PAGE]);
            image[..old.len()].copy_from_slice(old);
            Some(image)
        });
    }
}
