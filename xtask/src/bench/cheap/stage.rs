//! Sound, screen and session bus without hardware, private to one run and gone with it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::service::{Service, Stop, Stream, bound_to_us};
use crate::soak::wait_until;
use crate::{paths, run};

/// A sink whose monitor is the microphone.
const SOUND: &str = "\
load-module module-native-protocol-unix auth-anonymous=1
load-module module-null-sink sink_name=vmic rate=48000 channels=2
load-module module-remap-source master=vmic.monitor source_name=virtmic source_properties=device.description=Virtual-microphone
set-default-source virtmic
set-default-sink vmic
";
const READY: Duration = Duration::from_secs(20);

pub(super) struct Stage {
    folder: PathBuf,
    display: String,
    sound: Service,
    _others: Vec<Service>,
}

impl Stage {
    /// `speech`: how much of it each program hears.
    pub(super) fn start(folder: &Path, speech: Duration) -> Result<Self> {
        for name in ["home", "run"] {
            fs::create_dir_all(folder.join(name)).context("the bench's folder")?;
        }
        fs::set_permissions(folder.join("run"), fs::Permissions::from_mode(0o700))?;
        prepare_speech(folder, speech)?;
        let bus = bus(folder)?;
        let (screen, display) = screen(folder)?;
        fs::write(folder.join("pulse.pa"), SOUND)?;
        let mut pulse = command(folder, "", Path::new("pulseaudio"));
        pulse.args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--file"]);
        pulse.arg(folder.join("pulse.pa"));
        let sound = start(folder, "pulseaudio", pulse)?;
        ready("the sound server", || {
            let mut ask = command(folder, "", Path::new("pactl"));
            ask.arg("info").stdout(Stdio::null()).stderr(Stdio::null());
            ask.status().is_ok_and(|status| status.success())
        })?;
        // Keeps the sink awake: the first stream takes seconds otherwise. At leisure: a sound server hands out
        // sound as often as its most impatient client asks, and at 20 ms that alone costs a recorder 10 % of a core.
        let mut silence = command(folder, "", Path::new("pacat"));
        silence.args(["--latency-msec=1000", "-d", "vmic", "/dev/zero"]);
        let silence = start(folder, "pacat", silence)?;
        wait_until(Instant::now() + Duration::from_secs(2));
        let others = vec![silence, screen, bus];
        Ok(Self { folder: folder.to_owned(), display, sound, _others: others })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn sound_server(&self) -> u32 {
        self.sound.id()
    }

    /// A program on this stage.
    pub(super) fn command(&self, program: &Path) -> Command {
        command(&self.folder, &self.display, program)
    }

    pub(super) fn run(&self, name: &str, command: Command) -> Result<Service> {
        start(&self.folder, name, command)
    }

    /// People speak into the microphone until this is dropped.
    pub(super) fn speak(&self) -> Result<Service> {
        let mut player = self.command(Path::new("paplay"));
        player.args(["--latency-msec=1000", "-d", "vmic"]).arg(self.folder.join("speech.wav"));
        self.run("paplay", player)
    }

    /// Presses a key as a person does, wherever the focus is.
    pub(super) fn press(&self, keys: &str) -> Result<()> {
        run::stdout(self.command(Path::new("xdotool")).args(["key", keys])).map(drop)
    }
}

fn prepare_speech(folder: &Path, length: Duration) -> Result<()> {
    let mut sox = run::command("sox");
    sox.arg("fixtures/progress-note.flac").args(["-r", "48000", "-c", "1", "-b", "16"]);
    sox.arg(folder.join("speech.wav"));
    let seconds = length.as_secs() + 10;
    let times = seconds / 60;
    run::quiet(sox.args(["repeat", &times.to_string(), "trim", "0", &seconds.to_string()]))
        .map(drop)
}

/// A session bus on which nothing is started on demand.
fn bus(folder: &Path) -> Result<Service> {
    let socket = folder.join("run/bus");
    let text = format!(
        r#"<busconfig><type>session</type><listen>unix:path={}</listen>
        <policy context="default"><allow send_destination="*" eavesdrop="true"/>
        <allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"#,
        socket.display()
    );
    fs::write(folder.join("bus.xml"), text)?;
    let mut daemon = command(folder, "", Path::new("dbus-daemon"));
    daemon.args(["--nofork", "--nopidfile", "--config-file"]).arg(folder.join("bus.xml"));
    let bus = start(folder, "dbus", daemon)?;
    ready("the session bus", || socket.exists())?;
    Ok(bus)
}

/// A screen on a display number that nobody else has.
fn screen(folder: &Path) -> Result<(Service, String)> {
    let mut xvfb = command(folder, "", Path::new("Xvfb"));
    xvfb.args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]);
    let screen = start(folder, "xvfb", xvfb)?;
    let number =
        screen.wait_for(&folder.join("xvfb.log"), READY, |line| line.trim().parse::<u32>().ok())?;
    Ok((screen, format!(":{number}")))
}

fn start(folder: &Path, name: &str, command: Command) -> Result<Service> {
    let log = folder.join(format!("{name}.log"));
    Service::start(name, command, &log, Stop::Terminate, Stream::Stdout)
}

fn command(folder: &Path, display: &str, program: &Path) -> Command {
    let run = folder.join("run");
    let mut command = bound_to_us(program, Stop::Terminate, false);
    command
        .current_dir(paths::root())
        .env("HOME", folder.join("home"))
        .env("XDG_RUNTIME_DIR", &run)
        .env("PULSE_SERVER", format!("unix:{}", run.join("pulse/native").display()))
        .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", run.join("bus").display()))
        .env("DISPLAY", display)
        .env("NO_AT_BRIDGE", "1");
    for variable in ["WAYLAND_DISPLAY", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] {
        command.env_remove(variable);
    }
    command
}

fn ready(what: &str, condition: impl Fn() -> bool) -> Result<()> {
    let deadline = Instant::now() + READY;
    while !condition() {
        if Instant::now() > deadline {
            bail!("{what} is not ready after {} s", READY.as_secs());
        }
        wait_until(Instant::now() + Duration::from_millis(50));
    }
    Ok(())
}
