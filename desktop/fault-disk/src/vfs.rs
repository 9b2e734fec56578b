//! The C side: SQLite's file layer (`sqlite3_vfs`), answered by a [`Disk`].
//!
//! One connection at a time has a database open, so the shared memory of the log's index belongs to the
//! file that asked for it, and locks are granted.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;
use std::sync::Once;

use rusqlite::ffi;

use crate::disk::{Code, Disk};
use crate::random::Random;

/// Name under which SQLite knows this layer.
pub(crate) const NAME: &str = "medrecord-fault";
const C_NAME: &CStr = c"medrecord-fault";

/// Length of a region of the log's index, in 8 bytes: SQLite asks for 32 KiB each.
const REGION: usize = 32 * 1024 / 8;

/// What SQLite allocates for an open file: its own part first.
#[repr(C)]
struct Open {
    base: ffi::sqlite3_file,
    handle: *mut Handle,
}

struct Handle {
    disk: Disk,
    name: String,
    life: u64,
    /// A new journal: SQLite's own layer syncs the folder with its first sync.
    syncs_folder: bool,
    regions: Vec<Box<[u64; REGION]>>,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(lock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

pub(crate) fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let vfs = ffi::sqlite3_vfs {
            iVersion: 1,
            szOsFile: size_of::<Open>() as c_int,
            mxPathname: 512,
            pNext: ptr::null_mut(),
            zName: C_NAME.as_ptr(),
            pAppData: ptr::null_mut(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_pathname),
            xDlOpen: None,
            xDlError: None,
            xDlSym: None,
            xDlClose: None,
            xRandomness: Some(randomness),
            xSleep: Some(sleep),
            xCurrentTime: Some(current_time),
            xGetLastError: None,
            xCurrentTimeInt64: None,
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        };
        // SAFETY: SQLite keeps the pointer for the life of the process; the box is leaked.
        let code = unsafe { ffi::sqlite3_vfs_register(Box::into_raw(Box::new(vfs)), 0) };
        assert_eq!(code, ffi::SQLITE_OK, "SQLite takes a file layer");
    });
}

fn code(result: Result<(), Code>) -> c_int {
    result.err().unwrap_or(ffi::SQLITE_OK)
}

/// SAFETY: `name` is null or a C string that lives for the call.
unsafe fn find(name: *const c_char) -> Option<(Disk, String)> {
    if name.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    Disk::find(unsafe { CStr::from_ptr(name) }.to_str().ok()?)
}

/// SAFETY: `file` was filled by [`open`] and is not closed; SQLite uses a file from one thread at a time.
unsafe fn handle<'a>(file: *mut ffi::sqlite3_file) -> &'a mut Handle {
    // SAFETY: the caller's promise.
    unsafe { &mut *(*file.cast::<Open>()).handle }
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let file = file.cast::<Open>();
    // SAFETY: SQLite gives `szOsFile` bytes; without methods it will not call close.
    unsafe { (*file).base.pMethods = ptr::null() };
    // SAFETY: SQLite gives a C string or null.
    let Some((disk, name)) = (unsafe { find(name) }) else { return ffi::SQLITE_CANTOPEN };
    let mut state = disk.state();
    let life = state.life;
    let is_new = !state.exists(&name);
    if state.off || (is_new && flags & ffi::SQLITE_OPEN_CREATE == 0) {
        return ffi::SQLITE_CANTOPEN;
    }
    state.create(&name);
    drop(state);
    let journals = ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL;
    let syncs_folder = is_new && flags & journals != 0;
    let handle = Handle { disk, name, life, syncs_folder, regions: Vec::new() };
    // SAFETY: as above; SQLite may pass no place for the flags.
    unsafe {
        (*file).handle = Box::into_raw(Box::new(handle));
        (*file).base.pMethods = &raw const METHODS;
        if !out_flags.is_null() {
            *out_flags = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: `open` made the box, and SQLite closes once.
    drop(unsafe { Box::from_raw((*file.cast::<Open>()).handle) });
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    length: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite gives an open file and a buffer of that length.
    let (handle, into) = unsafe {
        (handle(file), std::slice::from_raw_parts_mut(into.cast::<u8>(), length as usize))
    };
    let state = handle.disk.state();
    let content = match state.read(&handle.name, handle.life) {
        Ok(content) => content,
        Err(code) => return code,
    };
    let from = content.len().min(at as usize);
    let found = &content[from..content.len().min(from + into.len())];
    into[..found.len()].copy_from_slice(found);
    into[found.len()..].fill(0);
    if found.len() < into.len() { ffi::SQLITE_IOERR_SHORT_READ } else { ffi::SQLITE_OK }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    length: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite gives an open file and a buffer of that length.
    let (handle, bytes) =
        unsafe { (handle(file), std::slice::from_raw_parts(bytes.cast::<u8>(), length as usize)) };
    code(handle.disk.state().write(&handle.name, handle.life, at as usize, bytes))
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    // SAFETY: SQLite gives an open file.
    let handle = unsafe { handle(file) };
    code(handle.disk.state().truncate(&handle.name, handle.life, size as usize))
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: SQLite gives an open file.
    let handle = unsafe { handle(file) };
    let result = handle.disk.state().sync(&handle.name, handle.life, handle.syncs_folder);
    handle.syncs_folder &= result.is_err();
    code(result)
}

unsafe extern "C" fn file_size(
    file: *mut ffi::sqlite3_file,
    size: *mut ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite gives an open file and a place for the size.
    let (handle, size) = unsafe { (handle(file), &mut *size) };
    match handle.disk.state().read(&handle.name, handle.life) {
        Ok(content) => {
            *size = content.len() as ffi::sqlite3_int64;
            ffi::SQLITE_OK
        }
        Err(code) => code,
    }
}

unsafe extern "C" fn lock(_: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(_: *mut ffi::sqlite3_file, held: *mut c_int) -> c_int {
    // SAFETY: SQLite gives a place for the answer.
    unsafe { *held = 0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(_: *mut ffi::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

/// As SQLite's own layer on Linux.
unsafe extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    4_096
}

/// As SQLite's own layer on Linux.
unsafe extern "C" fn device_characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    number: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: SQLite gives an open file and a place for the address.
    let (handle, out) = unsafe { (handle(file), &mut *out) };
    let number = number as usize;
    if size as usize > REGION * 8 {
        return ffi::SQLITE_IOERR;
    }
    while extend != 0 && handle.regions.len() <= number {
        handle.regions.push(Box::new([0; REGION]));
    }
    *out =
        handle.regions.get_mut(number).map_or(ptr::null_mut(), |region| region.as_mut_ptr().cast());
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_lock(_: *mut ffi::sqlite3_file, _: c_int, _: c_int, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_barrier(_: *mut ffi::sqlite3_file) {}

unsafe extern "C" fn shm_unmap(_: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_folder: c_int,
) -> c_int {
    // SAFETY: SQLite gives a C string.
    let Some((disk, name)) = (unsafe { find(name) }) else { return ffi::SQLITE_IOERR_DELETE };
    code(disk.state().delete(&name, sync_folder != 0))
}

unsafe extern "C" fn access(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    _: c_int,
    there: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives a C string and a place for the answer.
    let (found, there) = unsafe { (find(name), &mut *there) };
    *there = c_int::from(found.is_some_and(|(disk, name)| disk.state().exists(&name)));
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_pathname(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    length: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: SQLite gives a C string and a buffer of that length.
    let (name, out) = unsafe {
        (CStr::from_ptr(name), std::slice::from_raw_parts_mut(out.cast::<u8>(), length as usize))
    };
    let name = name.to_bytes_with_nul();
    let Some(out) = out.get_mut(..name.len()) else { return ffi::SQLITE_CANTOPEN };
    out.copy_from_slice(name);
    ffi::SQLITE_OK
}

/// SQLite takes its random numbers from the default layer; this one is there because it must be.
unsafe extern "C" fn randomness(
    _: *mut ffi::sqlite3_vfs,
    length: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: SQLite gives a buffer of that length.
    let out = unsafe { std::slice::from_raw_parts_mut(out.cast::<u8>(), length as usize) };
    let mut random = Random::new(0);
    out.fill_with(|| random.next() as u8);
    length
}

unsafe extern "C" fn sleep(_: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    microseconds
}

unsafe extern "C" fn current_time(_: *mut ffi::sqlite3_vfs, now: *mut f64) -> c_int {
    // SAFETY: SQLite gives a place for the time: a Julian day, some day in 2026.
    unsafe { *now = 2_461_000.5 };
    ffi::SQLITE_OK
}
