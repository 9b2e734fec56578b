//! A screen without a screen: Xvfb on a display number that nobody else has.

use std::path::Path;
use std::process::Command;

use super::process::Process;

pub struct Display {
    _xvfb: Process,
    /// For `DISPLAY`, e.g. `:3`.
    pub name: String,
}

impl Display {
    pub fn start(logs: &Path) -> Self {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]);
        let (xvfb, number) = Process::start_until("xvfb", &mut command, logs, |line| {
            line.trim().parse::<u32>().ok()
        });
        Self { _xvfb: xvfb, name: format!(":{number}") }
    }
}
