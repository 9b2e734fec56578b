//! A private session bus, so that a second start finds the first. Nothing on it is started on demand.

use std::path::PathBuf;
use std::time::Duration;

use super::folders::Folders;
use super::process::{Process, wait_until};

pub(crate) struct Bus {
    tray_host: Option<zbus::blocking::Connection>,
    _daemon: Process,
    socket: PathBuf,
}

impl Bus {
    pub(crate) fn start(folders: &Folders) -> Self {
        let configuration = folders.root.join("bus.xml");
        let socket = folders.bus();
        let text = format!(
            r#"<busconfig><type>session</type><listen>unix:path={}</listen>
            <policy context="default"><allow send_destination="*" eavesdrop="true"/>
            <allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"#,
            socket.display()
        );
        std::fs::write(&configuration, text).unwrap();
        let mut command = folders.command("dbus-daemon");
        command.args(["--nofork", "--nopidfile", "--config-file"]).arg(configuration);
        let daemon = Process::start("dbus", &mut command, &folders.root);
        wait_until("the session bus listens", Duration::from_secs(10), || {
            socket.exists().then_some(())
        });
        Self { tray_host: None, _daemon: daemon, socket }
    }

    /// Takes the name by which programs know that this desktop shows tray icons.
    pub(crate) fn host_tray(&mut self) {
        let address = format!("unix:path={}", self.socket.display());
        let connection = zbus::blocking::connection::Builder::address(address.as_str())
            .and_then(|builder| builder.name("org.kde.StatusNotifierWatcher"))
            .and_then(zbus::blocking::connection::Builder::build);
        self.tray_host = Some(connection.unwrap());
    }
}
