//! One file: what programs see of it, and what would be left of it without power.

use crate::random::Random;

/// What a disk writes whole or not at all, in bytes.
const SECTOR: usize = 512;

/// The content of a file since its last sync.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inode {
    pub(crate) now: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate { size: usize },
}

/// How a cut treats what was not synced.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cut {
    /// All of it had reached the disk.
    Kept,
    /// In order, up to some change, which is torn.
    Prefix,
    /// Each change and each of its sectors by chance, in any order.
    Scattered,
}

impl Inode {
    pub(crate) fn write(&mut self, at: usize, bytes: &[u8]) {
        put(&mut self.now, at, bytes);
        self.unsynced.push(Change::Write { at, bytes: bytes.to_vec() });
    }

    pub(crate) fn truncate(&mut self, size: usize) {
        self.now.resize(size, 0);
        self.unsynced.push(Change::Truncate { size });
    }

    pub(crate) fn sync(&mut self) {
        for change in self.unsynced.drain(..) {
            match change {
                Change::Write { at, bytes } => put(&mut self.durable, at, &bytes),
                Change::Truncate { size } => self.durable.resize(size, 0),
            }
        }
    }

    /// A sync that failed: nothing was written, and nothing will be. With `forget`, programs see that
    /// from now on; without, the system's memory hides it until the power is cut.
    pub(crate) fn fail_sync(&mut self, forget: bool) {
        self.unsynced.clear();
        if forget {
            self.now.clone_from(&self.durable);
        }
    }

    pub(crate) fn cut(mut self, how: Cut, random: &mut Random) -> Self {
        let last = random.below(self.unsynced.len() as u64 + 1) as usize;
        for (number, change) in std::mem::take(&mut self.unsynced).into_iter().enumerate() {
            let share = match how {
                Cut::Kept => 100,
                Cut::Prefix if number < last => 100,
                Cut::Prefix if number == last => 50,
                Cut::Prefix => 0,
                Cut::Scattered => [0, 50, 100][random.below(3) as usize],
            };
            self.apply(&change, share, random);
        }
        self.now.clone_from(&self.durable);
        self
    }

    /// `share` of its sectors reaches the disk, in per cent.
    fn apply(&mut self, change: &Change, share: u64, random: &mut Random) {
        match change {
            Change::Truncate { size } => {
                if random.below(100) < share {
                    self.durable.resize(*size, 0);
                }
            }
            Change::Write { at, bytes } => {
                let (mut from, end) = (*at, at + bytes.len());
                while from < end {
                    let to = end.min((from / SECTOR + 1) * SECTOR);
                    if random.below(100) < share {
                        put(&mut self.durable, from, &bytes[from - at..to - at]);
                    }
                    from = to;
                }
            }
        }
    }
}

fn put(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[at..end].copy_from_slice(bytes);
}
