//! A keyring of the test's own: session bus and gnome-keyring in private folders, gone with the test.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const READY: Duration = Duration::from_secs(20);
const PASSWORD: &[u8] = b"keyring password";

/// HOME and XDG_RUNTIME_DIR of programs, with or without a session bus and a keyring on it.
pub(crate) struct Session {
    folder: tempfile::TempDir,
    bus: Option<Process>,
    keyring: Option<Process>,
}

/// Ended by its id when dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Session {
    /// Without a bus.
    pub(crate) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("medrecord-vault-").tempdir().unwrap();
        for name in ["home", "run"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            let mode = fs::Permissions::from_mode(0o700);
            fs::set_permissions(folder.path().join(name), mode).unwrap();
        }
        Self { folder, bus: None, keyring: None }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A program that lives here; nothing of the person who runs the test is read or written.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env("HOME", self.path("home")).env("XDG_RUNTIME_DIR", self.path("run"));
        command.env("DBUS_SESSION_BUS_ADDRESS", self.address());
        for name in
            ["DISPLAY", "WAYLAND_DISPLAY", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"]
        {
            command.env_remove(name);
        }
        command.stdin(Stdio::null());
        command
    }

    fn address(&self) -> String {
        format!("unix:path={}", self.path("run/bus").display())
    }

    pub(crate) fn start_bus(&mut self) {
        let configuration = self.path("bus.xml");
        let text = format!(
            r#"<busconfig><type>session</type><listen>{}</listen><policy context="default">
            <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
            <allow own="*"/></policy></busconfig>"#,
            self.address()
        );
        fs::write(&configuration, text).unwrap();
        let mut command = self.command("dbus-daemon");
        command.args(["--nofork", "--nopidfile", "--config-file"]).arg(configuration);
        self.bus = Some(Process(command.stderr(Stdio::null()).spawn().unwrap()));
        until("the bus listens", || self.path("run/bus").exists());
    }

    pub(crate) fn stop_bus(&mut self) {
        self.bus = None;
        fs::remove_file(self.path("run/bus")).unwrap();
    }

    /// Starts gnome-keyring; with its password it is unlocked, without it stays locked.
    pub(crate) fn start_keyring(&mut self, unlocked: bool) {
        let mut command = self.command("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]).stderr(Stdio::null());
        if unlocked {
            command.arg("--unlock").stdin(Stdio::piped());
        }
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        if let Some(mut input) = child.stdin.take() {
            input.write_all(PASSWORD).unwrap();
        }
        self.keyring = Some(Process(child));
        until("the keyring is on the bus", || self.has_owner());
        if unlocked {
            until("the keyring is unlocked", || self.can_store());
        }
    }

    /// The daemon ends; its files stay, and are locked when it starts without the password.
    pub(crate) fn stop_keyring(&mut self) {
        self.keyring = None;
        until("the keyring is off the bus", || !self.has_owner());
    }

    /// Everything in the keyring is gone, as after a reset of its password.
    pub(crate) fn wipe_keyring(&mut self) {
        self.stop_keyring();
        fs::remove_dir_all(self.path("home/.local/share/keyrings")).unwrap();
    }

    fn has_owner(&self) -> bool {
        let mut command = self.command("dbus-send");
        command.args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/"]);
        command.args(["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]);
        let answer = command.output().unwrap();
        String::from_utf8_lossy(&answer.stdout).contains("boolean true")
    }

    fn can_store(&self) -> bool {
        let mut command = self.command("secret-tool");
        command.args(["store", "--label", "probe", "probe", "probe"]).stdin(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"probe").unwrap();
        child.wait().unwrap().success()
    }
}

pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + READY;
    while !condition() {
        assert!(Instant::now() < deadline, "{what}: not within {READY:?}");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}
