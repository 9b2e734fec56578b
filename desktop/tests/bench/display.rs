//! A screen without a screen: Xvfb on a display number that nobody else has.

use std::time::Duration;

use super::folders::Folders;
use super::process::{Process, run, wait_until};

pub(crate) struct Display {
    _xvfb: Process,
    /// For `DISPLAY`, e.g. `:3`.
    pub(crate) name: String,
    folders: Folders,
}

impl Display {
    pub(crate) fn start(folders: &Folders) -> Self {
        let mut command = folders.command("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]);
        let (xvfb, number) = Process::start_until("xvfb", &mut command, &folders.root, |line| {
            line.trim().parse::<u32>().ok()
        });
        Self { _xvfb: xvfb, name: format!(":{number}"), folders: folders.clone() }
    }

    /// Presses keys as a person does, wherever the focus is, e.g. `ctrl+alt+r`.
    pub(crate) fn press(&self, keys: &str) {
        run(self.folders.command("xdotool").args(["key", keys]).env("DISPLAY", &self.name));
    }

    /// Asks the window to close, as its cross does.
    pub(crate) fn close_window(&self) {
        super::x11::close_window(&self.name, "MedRecord AI");
    }

    /// Waits until the window is shown, or is hidden.
    pub(crate) fn wait_until_visible(&self, visible: bool) {
        wait_until("the window is shown or hidden", Duration::from_secs(10), || {
            let mut search = self.folders.command("xdotool");
            search.args(["search", "--onlyvisible", "--name", "^MedRecord AI$"]);
            let found = search.env("DISPLAY", &self.name).output().ok()?.status.success();
            (found == visible).then_some(())
        });
    }
}
