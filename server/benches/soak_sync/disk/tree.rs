//! Names and what is known of the files under them. One such tree is what programs see, another what the disk has.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::SystemTime;

use fuser::{Errno, FileAttr, FileType, INodeNo};

pub(super) const ROOT: u64 = INodeNo::ROOT.0;

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    Link(PathBuf),
}

#[derive(Clone)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) mode: u16,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) links: u32,
    pub(super) size: u64,
    pub(super) modified: SystemTime,
    /// How far the journal must be on the disk after an fsync, and after an fdatasync (ext4: `i_sync_tid` and
    /// `i_datasync_tid`).
    pub(super) changed: u64,
    pub(super) resized: u64,
}

/// The new value of something. Several that happen together are a step of the journal.
pub(super) enum Change {
    Node(u64, Node),
    Name(u64, OsString, Option<u64>),
}

pub(super) type Names = BTreeMap<OsString, u64>;

#[derive(Default, Clone)]
pub(super) struct Tree {
    pub(super) nodes: HashMap<u64, Node>,
    folders: HashMap<u64, Names>,
}

impl Tree {
    pub(super) fn apply(&mut self, change: &Change) {
        match change {
            Change::Node(number, node) => {
                if node.kind == Kind::Folder {
                    self.folders.entry(*number).or_default();
                }
                self.nodes.insert(*number, node.clone());
            }
            Change::Name(folder, name, Some(number)) => {
                self.folders.entry(*folder).or_default().insert(name.clone(), *number);
            }
            Change::Name(folder, name, None) => {
                self.folders.entry(*folder).or_default().remove(name);
            }
        }
    }

    pub(super) fn remove(&mut self, number: u64) {
        self.nodes.remove(&number);
        self.folders.remove(&number);
    }

    pub(super) fn node(&self, number: u64) -> Result<&Node, Errno> {
        self.nodes.get(&number).ok_or(Errno::ENOENT)
    }

    pub(super) fn names(&self, folder: u64) -> Result<&Names, Errno> {
        self.folders.get(&folder).ok_or(Errno::ENOTDIR)
    }

    pub(super) fn find(&self, folder: u64, name: &std::ffi::OsStr) -> Result<u64, Errno> {
        self.names(folder)?.get(name).copied().ok_or(Errno::ENOENT)
    }
}

impl Node {
    pub(super) const fn file_type(&self) -> FileType {
        match self.kind {
            Kind::File => FileType::RegularFile,
            Kind::Folder => FileType::Directory,
            Kind::Link(_) => FileType::Symlink,
        }
    }

    pub(super) const fn attributes(&self, number: u64) -> FileAttr {
        FileAttr {
            ino: INodeNo(number),
            size: self.size,
            blocks: self.size.div_ceil(512),
            atime: self.modified,
            mtime: self.modified,
            ctime: self.modified,
            crtime: self.modified,
            kind: self.file_type(),
            perm: self.mode,
            nlink: self.links,
            uid: self.uid,
            gid: self.gid,
            rdev: 0,
            blksize: 4_096,
            flags: 0,
        }
    }
}
