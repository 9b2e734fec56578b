//! The test bench: display, microphone, server and browsers, private to one test and gone with it.

mod bus;
mod display;
mod driver;
mod folders;
mod page;
mod process;
mod server;
mod sound;
mod x11;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use medrecord_common::workstation::LocalRecording;
use medrecord_recorder::recorder::{Recorder, RecorderConfig};
use medrecord_recorder::vault::KeyFile;

pub(crate) use driver::Key;
pub(crate) use page::{Page, takes_pictures};
pub(crate) use process::{built, run};
pub(crate) use server::{EMAIL, PASSWORD, Server};

use crate::trouble::SmallDisk;
use bus::Bus;
use display::Display;
use folders::Folders;
use process::Process;
use sound::Sound;

const READY: Duration = Duration::from_secs(20);

/// Everything around the pages under test. Fields are ended in their order: windows first.
pub(crate) struct Bench {
    drivers: Vec<Process>,
    server: Option<Server>,
    pub(crate) sound: Sound,
    pub(crate) display: Display,
    pub(crate) bus: Bus,
    /// What the window's program finds in its environment beside that of the bench.
    environment: Vec<(&'static str, OsString)>,
    folders: Folders,
}

impl Bench {
    pub(crate) fn start() -> Self {
        let folders = Folders::new();
        Self {
            drivers: Vec::new(),
            server: None,
            bus: Bus::start(&folders),
            sound: Sound::start(&folders),
            display: Display::start(&folders),
            environment: Vec::new(),
            folders,
        }
    }

    /// Starts the server with its database; gives its origin.
    pub(crate) fn serve(&mut self) -> String {
        self.server.insert(Server::start_new(&self.folders)).origin.clone()
    }

    /// The workstation's window.
    pub(crate) async fn open_window(&mut self, key: Key) -> Page {
        let (driver, page) =
            driver::open_window(&self.folders, &self.display, key, &self.environment).await;
        self.drivers.push(driver);
        page
    }

    /// Lets the window believe that it runs from a file that it may replace, and trust the releases of this key.
    pub(crate) fn install_as(&mut self, appimage: &Path, key: &str) {
        self.environment =
            vec![("APPIMAGE", appimage.into()), ("MEDRECORD_UPDATE_KEY", key.into())];
    }

    /// Waits until the window that runs from this file is there, in place of the one before.
    pub(crate) fn wait_until_replaced_by(&self, appimage: &Path) {
        process::wait_until_runs(appimage, READY);
        self.display.wait_until_visible(true);
    }

    /// A folder of the test's own.
    pub(crate) fn root(&self) -> &Path {
        &self.folders.root
    }

    pub(crate) fn server(&mut self) -> &mut Server {
        self.server.as_mut().expect("the server was started before")
    }

    /// The data of the window that is to be opened, on a disk of so many megabytes.
    pub(crate) fn small_disk(&self, megabytes: u32) -> SmallDisk {
        SmallDisk::mount(driver::data(&self.folders), megabytes)
    }

    /// SIGKILL for the window, as when it crashes; its driver goes too.
    pub(crate) fn kill_window(&mut self) {
        process::kill(&driver::data(&self.folders));
        self.drivers.pop();
    }

    /// Starts the window's program once more, which ends at once; without a driver.
    pub(crate) fn start_again(&self) {
        let mut command = driver::window_program(&self.folders, &self.display);
        Process::start("second-start", &mut command, &self.folders.root).wait(READY);
    }

    /// Ends the window as the end of a session does, and waits until it has ended.
    pub(crate) fn end_session(&self) {
        process::terminate(&driver::data(&self.folders), READY);
    }

    /// What a later start finds. The window must have ended.
    pub(crate) fn recordings_left(&self) -> Vec<LocalRecording> {
        let secrets = Arc::new(KeyFile::new(driver::key_file(&self.folders)));
        let data_dir = driver::data(&self.folders);
        Recorder::open(RecorderConfig { data_dir, secrets, key_file: true })
            .unwrap()
            .recordings()
            .unwrap()
    }

    /// Chromium on the review pages.
    pub(crate) async fn open_browser(&mut self) -> Page {
        let server = self.server.as_ref().expect("the server was started before the browser");
        let (driver, page) = driver::open_browser(&self.folders, &server.origin, &[]).await;
        self.drivers.push(driver);
        page
    }

    /// Chromium on a page that needs no server, with further arguments.
    pub(crate) async fn open_page(&mut self, address: &str, arguments: &[&str]) -> Page {
        let (driver, page) = driver::open_browser(&self.folders, address, arguments).await;
        self.drivers.push(driver);
        page
    }
}

/// Whether this is the process with a mount namespace of its own, in which nothing that is mounted is seen by others.
/// If not, the test is run in one first.
pub(crate) fn in_a_namespace_of_its_own(test: &str) -> bool {
    const INSIDE: &str = "MEDRECORD_TEST_NAMESPACE";
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "--"]);
    command.arg(std::env::current_exe().unwrap()).args(["--exact", test, "--nocapture"]);
    let status = command.env(INSIDE, "1").status().expect("unshare (util-linux) is there");
    assert!(status.success(), "{status}");
    false
}

/// The checkout's root.
pub(crate) fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the desktop crate is a folder of the project")
        .to_owned()
}
