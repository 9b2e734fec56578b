//! The test bench: display, microphone, server and browsers, private to one test and gone with it.

mod display;
mod driver;
mod folders;
mod page;
mod process;
mod server;
mod sound;

use std::path::{Path, PathBuf};

pub use page::Page;
pub use server::{EMAIL, PASSWORD};

use display::Display;
use folders::Folders;
use process::Process;
use server::Server;
use sound::Sound;

/// Everything around the two pages under test. Fields are ended in their order: windows first.
pub struct Bench {
    drivers: Vec<Process>,
    pub server: Server,
    pub sound: Sound,
    display: Display,
    folders: Folders,
}

impl Bench {
    pub fn start() -> Self {
        let folders = Folders::new();
        let project = project();
        Self {
            drivers: Vec::new(),
            server: Server::start(&folders, &project),
            sound: Sound::start(&folders),
            display: Display::start(&folders.root),
            folders,
        }
    }

    /// The workstation's window.
    pub async fn open_window(&mut self) -> Page {
        let (driver, page) = driver::open_window(&self.folders, &self.display).await;
        self.drivers.push(driver);
        page
    }

    /// Chromium on the review pages.
    pub async fn open_browser(&mut self) -> Page {
        let (driver, page) = driver::open_browser(&self.folders, &self.server.origin).await;
        self.drivers.push(driver);
        page
    }
}

/// The checkout's root.
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the desktop crate is a folder of the project")
        .to_owned()
}
