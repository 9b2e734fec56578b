//! What is on the disk, what programs see of it, and the journal between the two.

use std::collections::{HashMap, VecDeque};
use std::ffi::OsStr;
use std::time::SystemTime;

use fuser::{Errno, FileAttr};

use super::Lost;
use super::content::{Content, Cut};
use super::tree::{Change, Kind, Node, ROOT, Tree};
use crate::random::Random;

pub(super) type Answer<T> = Result<T, Errno>;

pub(super) struct State {
    pub(super) now: Tree,
    stored: Tree,
    contents: HashMap<u64, Content>,
    /// Steps that are done in `now` and not in `stored`, in order.
    journal: VecDeque<Vec<Change>>,
    /// Steps before those.
    committed: u64,
    /// How often files are open: one without a name lives as long.
    open: HashMap<u64, u32>,
    next: u64,
    /// Bytes of all files together, and how many they may be.
    pub(super) used: u64,
    pub(super) room: u64,
    pub(super) is_off: bool,
}

impl State {
    pub(super) fn new(root: Node, room: u64) -> Self {
        let mut stored = Tree::default();
        stored.apply(&Change::Node(ROOT, root));
        Self {
            now: stored.clone(),
            stored,
            contents: HashMap::new(),
            journal: VecDeque::new(),
            committed: 0,
            open: HashMap::new(),
            next: ROOT + 1,
            used: 0,
            room,
            is_off: false,
        }
    }

    /// Makes something new under a name.
    pub(super) fn make(&mut self, folder: u64, name: &OsStr, node: Node) -> Answer<u64> {
        if self.now.names(folder)?.contains_key(name) {
            return Err(Errno::EEXIST);
        }
        let number = self.next;
        self.next += 1;
        let at = self.position();
        let node = Node { changed: at, resized: at, ..node };
        self.step(vec![
            Change::Node(number, node),
            Change::Name(folder, name.to_owned(), Some(number)),
            Change::Node(folder, self.changed(folder)?),
        ]);
        Ok(number)
    }

    /// Gives a file another name.
    pub(super) fn link(&mut self, number: u64, folder: u64, name: &OsStr) -> Answer<()> {
        if self.now.names(folder)?.contains_key(name) {
            return Err(Errno::EEXIST);
        }
        let node = self.changed(number)?;
        self.step(vec![
            Change::Node(number, Node { links: node.links + 1, ..node }),
            Change::Name(folder, name.to_owned(), Some(number)),
            Change::Node(folder, self.changed(folder)?),
        ]);
        Ok(())
    }

    /// Takes a name away, of a file or of an empty folder.
    pub(super) fn unlink(&mut self, folder: u64, name: &OsStr) -> Answer<()> {
        let number = self.now.find(folder, name)?;
        let gone = self.without_link(number)?;
        self.step(vec![
            Change::Name(folder, name.to_owned(), None),
            Change::Node(number, gone),
            Change::Node(folder, self.changed(folder)?),
        ]);
        self.forget(number);
        Ok(())
    }

    pub(super) fn rename(&mut self, from: (u64, &OsStr), to: (u64, &OsStr)) -> Answer<()> {
        let number = self.now.find(from.0, from.1)?;
        let replaced = self.now.find(to.0, to.1).ok();
        if replaced == Some(number) {
            return Ok(());
        }
        let mut step = vec![
            Change::Name(from.0, from.1.to_owned(), None),
            Change::Name(to.0, to.1.to_owned(), Some(number)),
            Change::Node(number, self.changed(number)?),
            Change::Node(from.0, self.changed(from.0)?),
            Change::Node(to.0, self.changed(to.0)?),
        ];
        if let Some(replaced) = replaced {
            step.push(Change::Node(replaced, self.without_link(replaced)?));
        }
        self.step(step);
        if let Some(replaced) = replaced {
            self.forget(replaced);
        }
        Ok(())
    }

    /// Sets all that is known of a node, its size too.
    pub(super) fn set(&mut self, number: u64, node: Node) -> Answer<()> {
        let (before, at) = (self.now.node(number)?.size, self.position());
        let mut node = Node { changed: at, ..node };
        if node.size != before {
            self.take_room(before, node.size)?;
            node.resized = at;
            self.contents.entry(number).or_default().resize(node.size as usize, at);
        }
        self.step(vec![Change::Node(number, node)]);
        Ok(())
    }

    pub(super) fn write(&mut self, number: u64, at: u64, bytes: &[u8]) -> Answer<()> {
        let node = self.now.node(number)?;
        let (before, end) = (node.size, at + bytes.len() as u64);
        if end > before {
            let position = self.position();
            let node = Node { size: end, resized: position, ..self.changed(number)? };
            self.take_room(before, end)?;
            self.step(vec![Change::Node(number, node)]);
        } else if let Some(node) = self.now.nodes.get_mut(&number) {
            node.modified = SystemTime::now();
        }
        self.contents.entry(number).or_default().write(at as usize, bytes);
        Ok(())
    }

    pub(super) fn read(&self, number: u64, at: u64, length: u32) -> &[u8] {
        let content = self.contents.get(&number);
        content.map_or(&[], |content| content.read(at as usize, length as usize))
    }

    /// fsync or fdatasync, of a file or of a folder.
    pub(super) fn sync(&mut self, number: u64, only_data: bool) -> Answer<()> {
        let node = self.now.node(number)?;
        let only_data = only_data && node.kind == Kind::File;
        let position = if only_data { node.resized } else { node.changed };
        if let Some(content) = self.contents.get_mut(&number) {
            content.sync();
        }
        self.commit(position);
        Ok(())
    }

    pub(super) fn attributes(&self, number: u64) -> Answer<FileAttr> {
        Ok(self.now.node(number)?.attributes(number))
    }

    pub(super) fn opened(&mut self, number: u64) -> Answer<()> {
        self.now.node(number)?;
        *self.open.entry(number).or_default() += 1;
        Ok(())
    }

    pub(super) fn closed(&mut self, number: u64) -> Answer<()> {
        let count = self.open.entry(number).or_default();
        *count = count.saturating_sub(1);
        if *count == 0 {
            self.open.remove(&number);
            self.forget(number);
        }
        Ok(())
    }

    /// The power goes: nothing works here any more, and what is left on the disk is returned.
    pub(super) fn cut(&mut self, random: &mut Random, lost: &mut Lost) -> Self {
        self.is_off = true;
        let reached = self.committed + random.below(self.journal.len() as u64 + 1);
        lost.steps += self.position() - 1 - reached;
        self.commit(reached);
        let cut = Cut { reached, share: random.below(101) };
        let mut contents = HashMap::new();
        let mut used = 0;
        // The order of a map is not the seed's.
        let mut numbers: Vec<_> = self.contents.keys().copied().collect();
        numbers.sort_unstable();
        for number in numbers {
            let Some(mut content) = self.contents.remove(&number) else { continue };
            if let Some(node) = self.stored.nodes.get(&number) {
                content.cut(node.size as usize, cut, random, lost);
                used += node.size;
                contents.insert(number, content);
            }
        }
        let stored = std::mem::take(&mut self.stored);
        Self {
            now: stored.clone(),
            stored,
            contents,
            journal: VecDeque::new(),
            committed: self.committed,
            open: HashMap::new(),
            next: self.next,
            used,
            room: self.room,
            is_off: false,
        }
    }

    /// A step is done for all programs at once; the disk has it later.
    fn step(&mut self, step: Vec<Change>) {
        step.iter().for_each(|change| self.now.apply(change));
        self.journal.push_back(step);
    }

    fn commit(&mut self, position: u64) {
        while self.committed < position
            && let Some(step) = self.journal.pop_front()
        {
            self.committed += 1;
            for change in &step {
                self.store(change);
            }
        }
    }

    fn store(&mut self, change: &Change) {
        let Change::Node(number, node) = change else { return self.stored.apply(change) };
        let before = self.stored.nodes.get(number).map_or(0, |node| node.size);
        self.stored.apply(change);
        if node.size < before
            && let Some(content) = self.contents.get_mut(number)
        {
            content.end_stored(node.size as usize);
        }
        if node.links == 0 {
            self.stored.remove(*number);
            self.forget(*number);
        }
    }

    /// Lets go of a file that has no name and is not open, and of its bytes once the disk has no name for it either.
    fn forget(&mut self, number: u64) {
        let is_gone = |node: &Node| node.links == 0 && !self.open.contains_key(&number);
        if let Some(node) = self.now.nodes.get(&number).filter(|node| is_gone(node)) {
            if node.kind == Kind::File {
                self.used -= node.size;
            }
            self.now.remove(number);
        }
        let is_known =
            self.now.nodes.contains_key(&number) || self.stored.nodes.contains_key(&number);
        if !is_known {
            self.contents.remove(&number);
        }
    }

    /// Where the next step will be in the journal.
    fn position(&self) -> u64 {
        self.committed + self.journal.len() as u64 + 1
    }

    /// A node as the next step leaves it.
    fn changed(&self, number: u64) -> Answer<Node> {
        let node = self.now.node(number)?.clone();
        Ok(Node { changed: self.position(), modified: SystemTime::now(), ..node })
    }

    fn without_link(&self, number: u64) -> Answer<Node> {
        let node = self.changed(number)?;
        match self.now.names(number) {
            Ok(names) if !names.is_empty() => Err(Errno::ENOTEMPTY),
            Ok(_) => Ok(Node { links: 0, ..node }),
            Err(_) => Ok(Node { links: node.links.saturating_sub(1), ..node }),
        }
    }

    fn take_room(&mut self, before: u64, size: u64) -> Answer<()> {
        let used = self.used - before + size;
        if size > before && used > self.room {
            return Err(Errno::ENOSPC);
        }
        self.used = used;
        Ok(())
    }
}
