//! The real program keeps the computer awake while it records, and no longer: asked of a private
//! system bus, on which this test plays logind.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

use std::io::{BufRead as _, BufReader, ErrorKind, PipeReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use zbus::blocking::connection::Builder;
use zbus::zvariant::OwnedFd;

/// Only a broken program takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// An inhibition that was asked for; it holds until the other end of the pipe is closed.
struct Inhibition {
    what: String,
    mode: String,
    held: PipeReader,
}

impl Inhibition {
    /// Whether the other end of the pipe is open. Nothing is ever written into it.
    fn is_held(&mut self) -> bool {
        let flags = fcntl_getfl(&self.held).unwrap();
        fcntl_setfl(&self.held, flags | OFlags::NONBLOCK).unwrap();
        let read = self.held.read(&mut [0]);
        fcntl_setfl(&self.held, flags).unwrap();
        read.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }
}

struct Logind(Sender<Inhibition>);

#[zbus::interface(name = "org.freedesktop.login1.Manager")]
impl Logind {
    fn inhibit(&self, what: String, _who: String, _why: String, mode: String) -> OwnedFd {
        let (held, guard) = std::io::pipe().unwrap();
        self.0.send(Inhibition { what, mode, held }).unwrap();
        std::os::fd::OwnedFd::from(guard).into()
    }
}

/// Ends with the test.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn bus(folder: &Path) -> (Daemon, String) {
    let configuration = folder.join("bus.xml");
    let text = format!(
        r#"<busconfig><type>session</type><listen>unix:path={}</listen>
        <policy context="default"><allow send_destination="*" eavesdrop="true"/>
        <allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"#,
        folder.join("bus").display()
    );
    std::fs::write(&configuration, text).unwrap();
    let mut daemon = Command::new("dbus-daemon")
        .args(["--nofork", "--nopidfile", "--print-address=1", "--config-file"])
        .arg(configuration)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut address = String::new();
    // Printed once it listens.
    BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
    (Daemon(daemon), address.trim().to_owned())
}

fn speech(path: &Path) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(path, spec).unwrap();
    for n in 0..16_000 * 120_i64 {
        wav.write_sample((n * 7_919 % 9_000) as i16).unwrap();
    }
    wav.finalize().unwrap();
}

#[test]
fn the_computer_stays_awake_until_stop() {
    let folder = tempfile::tempdir().unwrap();
    let (_daemon, address) = bus(folder.path());
    let (asked, inhibitions) = channel();
    let _logind = Builder::address(address.as_str())
        .and_then(|builder| builder.name("org.freedesktop.login1"))
        .and_then(|builder| builder.serve_at("/org/freedesktop/login1", Logind(asked)))
        .and_then(Builder::build)
        .unwrap();
    speech(&folder.path().join("speech.wav"));
    let mut program = Command::new(env!("CARGO_BIN_EXE_medrecord-recorder"))
        .current_dir(folder.path())
        .args(["--data", "data", "--key-file", "keys", "record", "--wav", "speech.wav"])
        .env("DBUS_SYSTEM_BUS_ADDRESS", address)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut held: Vec<_> = (0..2).map(|_| inhibitions.recv_timeout(PATIENCE).unwrap()).collect();
    let what: Vec<_> = held.iter().map(|one| (one.what.as_str(), one.mode.as_str())).collect();
    assert_eq!(what, [("idle", "block"), ("sleep", "block")]);
    // It records, and has been recording for a while: it still holds on.
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.starts_with("on disk ")), "it said what is on disk");
    for inhibition in &mut held {
        assert!(inhibition.is_held(), "it let go of {} while it recorded", inhibition.what);
    }
    let interrupted = Command::new("kill").args(["-INT", &program.id().to_string()]).status();
    assert!(interrupted.unwrap().success());
    // All of it, so that the program never writes into a closed pipe.
    lines.for_each(drop);
    assert!(program.wait().unwrap().success());
    for inhibition in &mut held {
        // The end comes when the program has let go.
        assert_eq!(inhibition.held.read_to_end(&mut Vec::new()).unwrap(), 0);
    }
}
