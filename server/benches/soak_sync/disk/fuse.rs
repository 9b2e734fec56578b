//! Mounting, and how the kernel's questions come to the state.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use fuser::{BackgroundSession, Config, Errno, FileType, MountOption, SessionACL};

use super::locked;
use super::state::{Answer, State};
use super::tree::{Kind, Node};

/// A folder's entries.
pub(super) type Listing = Vec<(u64, FileType, OsString)>;

pub(super) struct Served {
    state: Arc<Mutex<State>>,
    /// Folders as they were when someone began to read them: what is removed meanwhile moves no other entry.
    listings: Mutex<HashMap<u64, Listing>>,
    pub(super) next_listing: AtomicU64,
    /// The user whose syncs do nothing.
    pub(super) deaf_to: Option<u32>,
}

/// Mounts it, for all users when we are root: PostgreSQL runs as another.
pub(super) fn serve(
    folder: &Path,
    state: Arc<Mutex<State>>,
    deaf_to: Option<u32>,
) -> io::Result<BackgroundSession> {
    let (listings, next_listing) = Default::default();
    let mut config = Config::default();
    config.mount_options =
        vec![MountOption::FSName("soak".to_owned()), MountOption::DefaultPermissions];
    let is_root = std::fs::metadata("/proc/self")?.uid() == 0;
    config.acl = if is_root { SessionACL::All } else { SessionACL::Owner };
    config.n_threads = Some(2);
    config.clone_fd = true;
    fuser::spawn_mount(Served { state, listings, next_listing, deaf_to }, folder, &config)
}

/// The root of a new disk, which belongs to whom the folder belongs.
pub(super) fn root(folder: &Path) -> io::Result<Node> {
    let metadata = folder.metadata()?;
    Ok(node(Kind::Folder, metadata.mode(), metadata.uid(), metadata.gid()))
}

pub(super) fn node(kind: Kind, mode: u32, uid: u32, gid: u32) -> Node {
    let size = if let Kind::Link(target) = &kind { target.as_os_str().len() as u64 } else { 0 };
    let links = if kind == Kind::Folder { 2 } else { 1 };
    let (mode, modified) = ((mode & 0o7777) as u16, SystemTime::now());
    Node { kind, mode, uid, gid, links, size, modified, changed: 0, resized: 0 }
}

impl Served {
    /// The state, while there is power.
    pub(super) fn state(&self) -> Answer<MutexGuard<'_, State>> {
        let state = locked(&self.state);
        if state.is_off { Err(Errno::EIO) } else { Ok(state) }
    }

    pub(super) fn listings(&self) -> MutexGuard<'_, HashMap<u64, Listing>> {
        self.listings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
