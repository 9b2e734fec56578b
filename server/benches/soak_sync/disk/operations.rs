//! The kernel's questions, answered from the state.
//!
//! The kernel may remember names and attributes, for nobody else changes them; what is written comes here at once.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use fuser::{
    BsdFileFlags, Errno, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo,
    LockOwner, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory,
    ReplyEmpty, ReplyEntry, ReplyOpen, ReplyStatfs, ReplyWrite, Request, TimeOrNow, WriteFlags,
};

use super::fuse::{Listing, Served, node};
use super::state::{Answer, State};
use super::tree::Kind;

/// Nobody but the kernel changes anything here.
const REMEMBERED: Duration = Duration::from_secs(3_600);
/// No number of a file is used twice.
const ONE: Generation = Generation(0);
const BLOCK: u32 = 4_096;
/// Bit of `fallocate`.
const KEEP_SIZE: i32 = 1;
/// The handle of a file: nothing is kept for it. What the kernel has read of it stays right.
const HANDLE: (FileHandle, FopenFlags) = (FileHandle(0), FopenFlags::FOPEN_KEEP_CACHE);

impl Served {
    fn act<T>(&self, act: impl FnOnce(&mut State) -> Answer<T>) -> Answer<T> {
        act(&mut *self.state()?)
    }

    fn done(&self, reply: ReplyEmpty, act: impl FnOnce(&mut State) -> Answer<()>) {
        match self.act(act) {
            Ok(()) => reply.ok(),
            Err(error) => reply.error(error),
        }
    }

    /// What `act` found or made.
    fn entry(&self, reply: ReplyEntry, act: impl FnOnce(&mut State) -> Answer<u64>) {
        match self.act(|state| act(state).and_then(|number| state.attributes(number))) {
            Ok(attributes) => reply.entry(&REMEMBERED, &attributes, ONE),
            Err(error) => reply.error(error),
        }
    }

    fn sync(&self, request: &Request, number: INodeNo, only_data: bool, reply: ReplyEmpty) {
        let is_heard = self.deaf_to != Some(request.uid());
        self.done(reply, |state| if is_heard { state.sync(number.0, only_data) } else { Ok(()) });
    }
}

fn listing(state: &State, folder: u64) -> Answer<Listing> {
    let own = [".", ".."].map(|name| Ok((folder, FileType::Directory, name.into())));
    let entry = |(name, number): (&std::ffi::OsString, &u64)| {
        Ok((*number, state.now.node(*number)?.file_type(), name.clone()))
    };
    own.into_iter().chain(state.now.names(folder)?.iter().map(entry)).collect()
}

impl Filesystem for Served {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        self.entry(reply, |state| state.now.find(parent.0, name));
    }

    fn getattr(&self, _: &Request, number: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match self.act(|state| state.attributes(number.0)) {
            Ok(attributes) => reply.attr(&REMEMBERED, &attributes),
            Err(error) => reply.error(error),
        }
    }

    fn setattr(
        &self,
        _: &Request,
        number: INodeNo,
        mode: Option<u32>,
        uid: Option<u32>,
        gid: Option<u32>,
        size: Option<u64>,
        _: Option<TimeOrNow>,
        modified: Option<TimeOrNow>,
        _: Option<SystemTime>,
        _: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let set = self.act(|state| {
            let mut node = state.now.node(number.0)?.clone();
            node.mode = mode.map_or(node.mode, |mode| (mode & 0o7777) as u16);
            node.uid = uid.unwrap_or(node.uid);
            node.gid = gid.unwrap_or(node.gid);
            node.size = size.unwrap_or(node.size);
            node.modified = match modified {
                Some(TimeOrNow::SpecificTime(time)) => time,
                Some(TimeOrNow::Now) => SystemTime::now(),
                None => node.modified,
            };
            state.set(number.0, node)?;
            state.attributes(number.0)
        });
        match set {
            Ok(attributes) => reply.attr(&REMEMBERED, &attributes),
            Err(error) => reply.error(error),
        }
    }

    fn readlink(&self, _: &Request, number: INodeNo, reply: ReplyData) {
        let target = self.act(|state| match &state.now.node(number.0)?.kind {
            Kind::Link(target) => Ok(target.clone()),
            Kind::File | Kind::Folder => Err(Errno::EINVAL),
        });
        match target {
            Ok(target) => reply.data(target.as_os_str().as_bytes()),
            Err(error) => reply.error(error),
        }
    }

    fn mkdir(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        _: u32,
        reply: ReplyEntry,
    ) {
        let node = node(Kind::Folder, mode, request.uid(), request.gid());
        self.entry(reply, |state| state.make(parent.0, name, node));
    }

    fn symlink(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        target: &Path,
        reply: ReplyEntry,
    ) {
        let kind = Kind::Link(target.to_owned());
        let node = node(kind, 0o777, request.uid(), request.gid());
        self.entry(reply, |state| state.make(parent.0, name, node));
    }

    fn create(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        _: u32,
        _: i32,
        reply: ReplyCreate,
    ) {
        let node = node(Kind::File, mode, request.uid(), request.gid());
        let made = self.act(|state| {
            let number = state.make(parent.0, name, node)?;
            state.opened(number)?;
            state.attributes(number)
        });
        let (handle, flags) = HANDLE;
        match made {
            Ok(attributes) => reply.created(&REMEMBERED, &attributes, ONE, handle, flags),
            Err(error) => reply.error(error),
        }
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        self.done(reply, |state| state.unlink(parent.0, name));
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        self.done(reply, |state| state.unlink(parent.0, name));
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        to: INodeNo,
        to_name: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        self.done(reply, |state| {
            if !flags.difference(RenameFlags::RENAME_NOREPLACE).is_empty() {
                return Err(Errno::EINVAL);
            }
            if !flags.is_empty() && state.now.find(to.0, to_name).is_ok() {
                return Err(Errno::EEXIST);
            }
            state.rename((parent.0, name), (to.0, to_name))
        });
    }

    fn link(&self, _: &Request, number: INodeNo, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        self.entry(reply, |state| {
            state.link(number.0, parent.0, name)?;
            Ok(number.0)
        });
    }

    fn open(&self, _: &Request, number: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        let (handle, flags) = HANDLE;
        match self.act(|state| state.opened(number.0)) {
            Ok(()) => reply.opened(handle, flags),
            Err(error) => reply.error(error),
        }
    }

    fn release(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        _: OpenFlags,
        _: Option<LockOwner>,
        _: bool,
        reply: ReplyEmpty,
    ) {
        self.done(reply, |state| state.closed(number.0));
    }

    fn read(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        at: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        match self.state() {
            Ok(state) => reply.data(state.read(number.0, at, size)),
            Err(error) => reply.error(error),
        }
    }

    fn write(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        at: u64,
        bytes: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        match self.act(|state| state.write(number.0, at, bytes)) {
            Ok(()) => reply.written(bytes.len() as u32),
            Err(error) => reply.error(error),
        }
    }

    fn fallocate(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        at: u64,
        length: u64,
        mode: i32,
        reply: ReplyEmpty,
    ) {
        self.done(reply, |state| {
            let mut node = state.now.node(number.0)?.clone();
            match mode {
                0 => node.size = node.size.max(at + length),
                KEEP_SIZE => {}
                _ => return Err(Errno::EOPNOTSUPP),
            }
            state.set(number.0, node)
        });
    }

    fn fsync(
        &self,
        request: &Request,
        number: INodeNo,
        _: FileHandle,
        only_data: bool,
        reply: ReplyEmpty,
    ) {
        self.sync(request, number, only_data, reply);
    }

    fn fsyncdir(
        &self,
        request: &Request,
        number: INodeNo,
        _: FileHandle,
        only_data: bool,
        reply: ReplyEmpty,
    ) {
        self.sync(request, number, only_data, reply);
    }

    fn opendir(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        let handle = self.next_listing.fetch_add(1, Ordering::Relaxed);
        reply.opened(FileHandle(handle), FopenFlags::empty());
    }

    fn readdir(
        &self,
        _: &Request,
        number: INodeNo,
        handle: FileHandle,
        from: u64,
        mut reply: ReplyDirectory,
    ) {
        if from == 0 {
            match self.act(|state| listing(state, number.0)) {
                Ok(listing) => drop(self.listings().insert(handle.0, listing)),
                Err(error) => return reply.error(error),
            }
        }
        let listings = self.listings();
        let entries = listings.get(&handle.0).map_or(&[][..], Vec::as_slice);
        for ((number, kind, name), next) in entries.iter().zip(1..).skip(from as usize) {
            if reply.add(INodeNo(*number), next, *kind, name) {
                break;
            }
        }
        reply.ok();
    }

    fn releasedir(
        &self,
        _: &Request,
        _: INodeNo,
        handle: FileHandle,
        _: OpenFlags,
        reply: ReplyEmpty,
    ) {
        self.listings().remove(&handle.0);
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        match self.state() {
            Ok(state) => {
                let blocks = state.room / u64::from(BLOCK);
                let free = (state.room - state.used.min(state.room)) / u64::from(BLOCK);
                let files = 1 << 32;
                reply.statfs(blocks, free, free, files, files, BLOCK, 255, BLOCK);
            }
            Err(error) => reply.error(error),
        }
    }
}
