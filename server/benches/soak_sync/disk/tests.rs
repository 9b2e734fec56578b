use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::SystemTime;

use super::state::State;
use super::tree::{Kind, Node, ROOT};
use super::{Disk, Lost};
use crate::random::Random;

const ROOM: u64 = 16 << 20;
const PAGE: usize = 4_096;
const SECTOR: usize = 512;
const CUTS: u64 = 300;

fn node(kind: Kind) -> Node {
    Node {
        kind,
        mode: 0o700,
        uid: 0,
        gid: 0,
        links: 1,
        size: 0,
        modified: SystemTime::UNIX_EPOCH,
        changed: 0,
        resized: 0,
    }
}

fn disk() -> State {
    State::new(node(Kind::Folder), ROOM)
}

fn name(name: &str) -> &OsStr {
    OsStr::new(name)
}

fn file(state: &mut State, called: &str) -> u64 {
    state.make(ROOT, name(called), node(Kind::File)).unwrap()
}

fn content(state: &State, called: &str) -> Option<Vec<u8>> {
    let number = state.now.find(ROOT, name(called)).ok()?;
    let size = state.now.node(number).unwrap().size;
    let content = state.read(number, 0, ROOM as u32).to_vec();
    assert_eq!(content.len() as u64, size);
    Some(content)
}

/// What many cuts of the same disk leave.
fn cuts<T>(make: impl Fn() -> State, look: impl Fn(&State) -> T) -> Vec<T> {
    let cut = |seed| look(&make().cut(&mut Random::new(seed), &mut Lost::default()));
    (0..CUTS).map(cut).collect()
}

#[test]
fn what_was_synced_is_there_and_a_name_that_was_not_may_be_gone() {
    let make = || {
        let mut state = disk();
        let synced = file(&mut state, "synced");
        state.write(synced, 0, &[7; 10_000]).unwrap();
        state.sync(synced, false).unwrap();
        let unsynced = file(&mut state, "unsynced");
        state.write(unsynced, 0, b"x").unwrap();
        state
    };
    let left = cuts(make, |state| (content(state, "synced"), content(state, "unsynced")));
    assert!(left.iter().all(|(synced, _)| synced.as_deref() == Some(&[7; 10_000])));
    for possible in [None, Some(vec![]), Some(vec![0]), Some(b"x".to_vec())] {
        assert!(left.iter().any(|(_, unsynced)| *unsynced == possible), "{possible:?}");
    }
}

#[test]
fn names_come_to_the_disk_in_order() {
    let make = || {
        let mut state = disk();
        for called in ["a", "b", "c"] {
            file(&mut state, called);
        }
        state.unlink(ROOT, name("a")).unwrap();
        state
    };
    let left = cuts(make, |state| ["a", "b", "c"].map(|it| content(state, it).is_some()));
    let all = [
        [false, false, false],
        [true, false, false],
        [true, true, false],
        [true, true, true],
        [false, true, true],
    ];
    assert!(left.iter().all(|names| all.contains(names)));
    assert!(all.iter().all(|names| left.contains(names)));
}

#[test]
fn a_rename_is_undone_unless_its_folder_is_synced() {
    let make = |is_synced: bool| {
        let mut state = disk();
        for (called, byte) in [("new", 2), ("old", 1)] {
            let number = file(&mut state, called);
            state.write(number, 0, &[byte]).unwrap();
            state.sync(number, false).unwrap();
        }
        state.rename((ROOT, name("new")), (ROOT, name("old"))).unwrap();
        if is_synced {
            state.sync(ROOT, false).unwrap();
        }
        state
    };
    let look = |state: &State| (content(state, "old").unwrap()[0], content(state, "new").is_some());
    assert!(cuts(|| make(true), look).iter().all(|left| *left == (2, false)));
    let left = cuts(|| make(false), look);
    assert!(left.iter().all(|left| [(1, true), (2, false)].contains(left)));
    assert!(left.contains(&(1, true)) && left.contains(&(2, false)));
}

#[test]
fn a_log_of_full_length_takes_no_other_file_along() {
    let make = || {
        let mut state = disk();
        let log = file(&mut state, "log");
        state.write(log, 0, &[0; 2 * PAGE]).unwrap();
        state.sync(log, false).unwrap();
        file(&mut state, "other");
        state.write(log, 0, &[1; PAGE]).unwrap();
        state.sync(log, true).unwrap();
        state
    };
    let left = cuts(make, |state| (content(state, "log").unwrap()[0], content(state, "other")));
    assert!(left.iter().all(|(log, _)| *log == 1));
    assert!(left.iter().any(|(_, other)| other.is_none()));
}

#[test]
fn each_sector_is_old_or_new_after_a_cut() {
    let (mut old, mut new, mut torn) = (0, 0, 0);
    for seed in 0..CUTS {
        let mut random = Random::new(seed);
        let mut state = disk();
        let number = file(&mut state, "file");
        state.write(number, 0, &[0; 16 * PAGE]).unwrap();
        state.sync(number, false).unwrap();
        // For each sector what it may hold: all since the last sync, and what was there then.
        let mut possible = vec![vec![0]; 16 * PAGE / SECTOR];
        for value in 1..=40 {
            let (at, length) = (random.index(120), 1 + random.index(8));
            state.write(number, (at * SECTOR) as u64, &vec![value; length * SECTOR]).unwrap();
            possible[at..at + length].iter_mut().for_each(|sector| sector.push(value));
            if random.below(20) == 0 {
                state.sync(number, true).unwrap();
                possible.iter_mut().for_each(|it| *it = it.split_off(it.len() - 1));
            }
        }
        let left = state.cut(&mut random, &mut Lost::default());
        let left = content(&left, "file").unwrap();
        let mut kinds = Vec::new();
        for (sector, possible) in left.chunks(SECTOR).zip(&possible) {
            assert!(sector.iter().all(|byte| *byte == sector[0]), "a sector is whole");
            assert!(possible.contains(&sector[0]), "seed {seed}");
            if possible.len() > 1 {
                kinds.push(possible.last() == Some(&sector[0]));
            }
        }
        old += u32::from(kinds.contains(&false));
        new += u32::from(kinds.contains(&true));
        torn += u32::from(kinds.contains(&false) && kinds.contains(&true));
    }
    assert!(old > 100 && new > 100 && torn > 100, "{old} {new} {torn}");
}

#[test]
fn a_file_that_was_cut_short_is_as_before_or_as_after() {
    let make = || {
        let mut state = disk();
        let number = file(&mut state, "file");
        state.write(number, 0, &[1; 3 * PAGE]).unwrap();
        state.sync(number, false).unwrap();
        let empty = Node { size: 0, ..state.now.node(number).unwrap().clone() };
        state.set(number, empty).unwrap();
        state.write(number, 0, &[2; PAGE]).unwrap();
        state
    };
    let left = cuts(make, |state| content(state, "file").unwrap());
    let before = vec![1; 3 * PAGE];
    let after = |content: &[u8]| {
        [0, PAGE].contains(&content.len()) && content.iter().all(|byte| [0, 2].contains(byte))
    };
    assert!(left.iter().all(|content| *content == before || after(content)));
    assert!(left.contains(&before) && left.contains(&vec![2; PAGE]));
}

#[test]
fn a_file_without_a_name_lives_while_it_is_open_and_comes_back_when_its_end_was_not_synced() {
    let make = || {
        let mut state = disk();
        let number = file(&mut state, "file");
        state.write(number, 0, b"content").unwrap();
        state.sync(number, false).unwrap();
        state.opened(number).unwrap();
        state.unlink(ROOT, name("file")).unwrap();
        assert_eq!(state.read(number, 0, 7), b"content");
        assert_eq!(state.used, 7);
        state.closed(number).unwrap();
        assert_eq!(state.used, 0);
        state
    };
    let left = cuts(make, |state| (content(state, "file"), state.used));
    assert!(left.contains(&(None, 0)) && left.contains(&(Some(b"content".to_vec()), 7)));
    let make_synced = || {
        let mut state = make();
        state.sync(ROOT, false).unwrap();
        state
    };
    assert!(cuts(make_synced, |state| content(state, "file")).iter().all(Option::is_none));
}

/// Through the kernel, where it has FUSE.
#[test]
fn a_mounted_disk_fills_fails_and_comes_back_with_what_was_synced() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut disk) = Disk::mount(folder.path(), ROOM, None).unwrap() else { return };
    let path = |name: &str| folder.path().join(name);
    fs::create_dir_all(path("a/b")).unwrap();
    let mut synced = File::create(path("a/b/synced")).unwrap();
    synced.write_all(&[7; 100_000]).unwrap();
    synced.sync_all().unwrap();
    fs::rename(path("a/b/synced"), path("a/renamed")).unwrap();
    File::open(path("a")).unwrap().sync_all().unwrap();
    fs::hard_link(path("a/renamed"), path("linked")).unwrap();
    std::os::unix::fs::symlink("renamed", path("a/symbolic")).unwrap();
    assert_eq!(fs::read(path("a/symbolic")).unwrap(), [7; 100_000]);
    File::open(folder.path()).unwrap().sync_all().unwrap();
    for number in 0..2_000 {
        fs::write(path(&format!("a/b/{number}")), b"unsynced").unwrap();
    }
    // All go, though the folder is read in parts.
    fs::remove_dir_all(path("a/b")).unwrap();

    disk.fill();
    assert_eq!(fs::write(path("more"), b"more").unwrap_err().kind(), ErrorKind::StorageFull);
    synced.write_all_at(&[8; 10], 0).unwrap();
    disk.free();
    fs::write(path("more"), b"more").unwrap();

    disk.cut();
    assert_eq!(synced.sync_all().unwrap_err().raw_os_error(), Some(fuser::Errno::EIO.code()));
    let lost = disk.power_on(&mut Random::new(1)).unwrap();
    assert!(lost.steps > 0 && lost.pages + lost.kept + lost.torn > 0, "{lost:?}");
    synced.write_all(b"still the old disk").unwrap_err();
    for name in ["a/renamed", "linked"] {
        let content = fs::read(path(name)).unwrap();
        assert!(content.len() == 100_000 && content[10..].iter().all(|byte| *byte == 7), "{name}");
    }
    assert_eq!(fs::read_link(path("a/symbolic")).unwrap(), Path::new("renamed"));
    fs::write(path("again"), b"again").unwrap();
    drop(disk);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is mounted any more");
}
