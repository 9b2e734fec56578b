//! A microphone without a sound card: a private PulseAudio whose sink's monitor is the microphone.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::folders::Folders;
use super::process::{Process, run, wait_until};

const SINK: [&str; 4] = ["module-null-sink", "sink_name=vmic", "rate=48000", "channels=2"];
const SOURCE: [&str; 4] = [
    "module-remap-source",
    "master=vmic.monitor",
    "source_name=virtmic",
    "source_properties=device.description=Virtual-microphone",
];

pub(crate) struct Sound {
    _server: Process,
    _silence: Process,
    folders: Folders,
}

impl Sound {
    pub(crate) fn start(folders: &Folders) -> Self {
        let configuration = folders.root.join("pulse.pa");
        let devices = [SINK, SOURCE].map(|module| format!("load-module {}\n", module.join(" ")));
        let text = format!(
            "load-module module-native-protocol-unix auth-anonymous=1\n{}",
            devices.concat()
        );
        std::fs::write(&configuration, text).unwrap();
        let mut server = folders.command("pulseaudio");
        server
            .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--file"])
            .arg(configuration);
        let server = Process::start("pulseaudio", &mut server, &folders.root);
        wait_until("the sound server answers", Duration::from_secs(20), || {
            folders
                .command("pactl")
                .arg("info")
                .output()
                .ok()
                .filter(|output| output.status.success())
        });
        // Keeps the sink awake, so that a recording begins at once.
        let mut silence = folders.command("pacat");
        silence.args(["--latency-msec=20", "-d", "vmic", "/dev/zero"]);
        let silence = Process::start("pacat", &mut silence, &folders.root);
        wait_until("the microphone runs", Duration::from_secs(20), || {
            let sinks = run(folders.command("pactl").args(["list", "short", "sinks"]));
            sinks.contains("RUNNING").then_some(())
        });
        Self { _server: server, _silence: silence, folders: folders.clone() }
    }

    /// Speaks the first `length` of a recording into the microphone, in real time, and returns at its end.
    pub(crate) fn speak(&self, recording: &Path, length: Duration) {
        let speech = self.decode(recording, length);
        let mut player = self.folders.command("paplay");
        player.args(["--latency-msec=1000", "-d", "vmic"]).arg(speech);
        Process::start("paplay", &mut player, &self.folders.root)
            .wait(length + Duration::from_secs(30));
    }

    /// Takes the microphone away, and every other one.
    pub(crate) fn unplug(&self) {
        for module in [SOURCE[0], SINK[0]] {
            run(self.folders.command("pactl").args(["unload-module", module]));
        }
    }

    pub(crate) fn plug(&self) {
        for module in [SINK, SOURCE] {
            run(self.folders.command("pactl").arg("load-module").args(module));
        }
    }

    /// At the sink's own rate: PulseAudio's resampling is not under test.
    fn decode(&self, recording: &Path, length: Duration) -> PathBuf {
        let speech = self.folders.root.join("speech.wav");
        let mut decoder = Command::new("ffmpeg");
        decoder.args(["-loglevel", "error", "-y", "-i"]).arg(recording);
        run(decoder
            .args(["-t", &length.as_secs().to_string(), "-ar", "48000", "-ac", "1"])
            .arg(&speech));
        speech
    }
}
