//! A private sound server whose microphone is a pipe, and somebody who speaks into it by the clock.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::folders::Folders;
use super::process::{Process, run, wait_until};
use super::voice::Voice;

const BLOCK: Duration = Duration::from_millis(20);
/// `O_NONBLOCK` of Linux: nobody may be listening.
const NON_BLOCKING: i32 = 0o4000;

/// PulseAudio with a microphone `desk`, and `headset`, which hears the same.
pub(crate) struct Sound {
    server: Option<Process>,
    pub(crate) folders: Folders,
    rate: Arc<AtomicU32>,
}

impl Sound {
    pub(crate) fn start() -> Self {
        let (folders, rate) = (Folders::new(), Arc::new(AtomicU32::new(48_000)));
        let mut sound = Self { server: None, folders, rate };
        sound.start_server();
        sound
    }

    pub(crate) fn start_server(&mut self) {
        // A server that was killed leaves it behind.
        let _ = std::fs::remove_file(self.folders.root.join("pipe"));
        let configuration = self.folders.root.join("pulse.pa");
        let text = format!(
            "load-module module-native-protocol-unix auth-anonymous=1\n{}\n{}\nset-default-source headset\n",
            self.desk(),
            HEADSET,
        );
        std::fs::write(&configuration, text).unwrap();
        let mut server = self.folders.command("pulseaudio");
        server
            .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--file"])
            .arg(configuration);
        let logs = self.folders.root.clone();
        self.server = Some(Process::start("pulseaudio", &mut server, &logs));
        wait_until("the sound server answers", Duration::from_secs(20), || {
            let output = self.folders.command("pactl").arg("info").output().ok()?;
            output.status.success().then_some(())
        });
    }

    /// SIGKILL.
    pub(crate) fn kill_server(&mut self) {
        self.server = None;
    }

    fn pactl(&self, arguments: &str) {
        run(self.folders.command("pactl").args(arguments.split_whitespace()));
    }

    /// Connections of the program under test. The server takes 64 from all programs together.
    pub(crate) fn connections(&self) -> usize {
        let listed = run(self.folders.command("pactl").args(["list", "clients"]));
        listed.matches("application.name = \"cpal-pulseaudio").count()
    }

    /// PulseAudio then moves its streams to the desk's microphone without a word.
    pub(crate) fn unplug_headset(&self) {
        self.pactl("unload-module module-remap-source");
    }

    pub(crate) fn plug_in_headset(&self) {
        self.pactl(HEADSET);
    }

    /// And the headset with it.
    pub(crate) fn unplug_all(&self) {
        self.pactl("unload-module module-pipe-source");
    }

    pub(crate) fn plug_in_all(&self, rate: u32) {
        self.rate.store(rate, Ordering::Relaxed);
        self.pactl(&self.desk());
        self.plug_in_headset();
    }

    fn desk(&self) -> String {
        let (rate, pipe) = (self.rate.load(Ordering::Relaxed), self.folders.root.join("pipe"));
        format!(
            "load-module module-pipe-source source_name=desk file={} format=s16le channels=1 \
             rate={rate} source_properties=device.description=Desk",
            pipe.display()
        )
    }

    /// Another program that listens: else the pipe keeps what nobody hears, as no microphone does.
    pub(crate) fn listen(&self) -> Process {
        let mut listener = self.folders.command("parec");
        listener.args(["--latency-msec=20", "-d", "desk"]);
        Process::start("parec", &mut listener, &self.folders.root)
    }

    /// Speaks by the clock, whatever happens to the microphones, until it is dropped.
    pub(crate) fn speak(&self, voice: Arc<Voice>) -> Speaker {
        let over = Arc::new(AtomicBool::new(false));
        let began = Instant::now();
        let (ended, pipe, rate) = (over.clone(), self.folders.root.join("pipe"), self.rate.clone());
        let thread = std::thread::spawn(move || speak(began, &pipe, &voice, &rate, &ended));
        Speaker { began, over, thread: Some(thread) }
    }
}

const HEADSET: &str = "load-module module-remap-source master=desk source_name=headset \
                       source_properties=device.description=Headset";

pub(crate) struct Speaker {
    began: Instant,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Speaker {
    /// The moment of the voice, in seconds.
    pub(crate) fn now(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }
}

impl Drop for Speaker {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        drop(self.thread.take().map(JoinHandle::join));
    }
}

fn speak(began: Instant, pipe: &Path, voice: &Voice, rate: &AtomicU32, over: &AtomicBool) {
    let (mut said, mut into): (f64, Option<File>) = (0.0, None);
    while !over.load(Ordering::Relaxed) {
        std::thread::park_timeout(BLOCK);
        let now = began.elapsed().as_secs_f64();
        let bytes = voice.between(said, now, rate.load(Ordering::Relaxed));
        said = now;
        if into.is_none() {
            let mut open = OpenOptions::new();
            into = open.write(true).custom_flags(NON_BLOCKING).open(pipe).ok();
        }
        // What nobody hears when it is said is lost.
        if into.as_mut().is_some_and(|into| into.write_all(&bytes).is_err()) {
            into = None;
        }
    }
}
