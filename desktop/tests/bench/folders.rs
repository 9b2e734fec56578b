//! Folders of one test's own: nothing of the person who runs it is read or written.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// One temporary folder, removed with the last copy.
#[derive(Clone)]
pub(crate) struct Folders {
    _kept: Arc<tempfile::TempDir>,
    pub(crate) root: PathBuf,
    home: PathBuf,
    runtime: PathBuf,
}

impl Folders {
    pub(crate) fn new() -> Self {
        let kept = tempfile::Builder::new().prefix("medrecord-window-").tempdir().unwrap();
        let root = kept.path().to_owned();
        let (home, runtime) = (root.join("home"), root.join("run"));
        std::fs::create_dir(&home).unwrap();
        std::fs::create_dir(&runtime).unwrap();
        std::fs::set_permissions(&runtime, std::fs::Permissions::from_mode(0o700)).unwrap();
        Self { _kept: Arc::new(kept), root, home, runtime }
    }

    /// Socket of the private session bus.
    pub(crate) fn bus(&self) -> PathBuf {
        self.runtime.join("bus")
    }

    /// A program that lives in these folders, with this sound server and this session bus. It ends with the test
    /// even when the test is killed.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", "--"])
            .arg(program.as_ref())
            .env("HOME", &self.home)
            .env("XDG_RUNTIME_DIR", &self.runtime)
            .env("PULSE_SERVER", format!("unix:{}", self.runtime.join("pulse/native").display()))
            .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", self.bus().display()))
            .env("NO_AT_BRIDGE", "1");
        for variable in
            ["DISPLAY", "WAYLAND_DISPLAY", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"]
        {
            command.env_remove(variable);
        }
        command
    }
}
