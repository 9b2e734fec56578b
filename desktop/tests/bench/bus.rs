//! A private session bus, so that a second start finds the first. Nothing on it is started on demand.

use std::time::Duration;

use super::folders::Folders;
use super::process::{Process, wait_until};

pub(crate) struct Bus {
    _daemon: Process,
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
        Self { _daemon: daemon }
    }
}
