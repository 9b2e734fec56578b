//! The real program with a real keyring: what is on the disk, and what comes back when the keyring is lost.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "in a test a failure is a panic")]

mod keyring;
mod moved;
mod scan;
mod states;
mod wiped;

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use age::secrecy::ExposeSecret as _;
use age::x25519::Identity;
use medrecord_common::audio::flac;

use keyring::Session;

/// The program with a data folder of its own in a session.
struct Workstation {
    session: Session,
    /// Private half, as a file outside of the data folder.
    recovery: PathBuf,
    public: String,
}

impl Workstation {
    fn new() -> Self {
        let session = Session::new();
        let identity = Identity::generate();
        let recovery = session.path("recovery_key");
        std::fs::write(&recovery, identity.to_string().expose_secret()).unwrap();
        let public = identity.to_public().to_string();
        Self { session, recovery, public }
    }

    fn data(&self) -> PathBuf {
        self.session.path("data")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.session.command(env!("CARGO_BIN_EXE_medrecord-recorder"));
        command.arg("--data").arg(self.data()).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Standard output of a run that must succeed.
    fn stdout(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Starts recording a file at its own pace; returns once this many milliseconds are on disk.
    fn record_until(&self, wav: &Path, ms: u64) -> (Child, String) {
        let mut command = self.command(&["record", "--wav"]);
        let mut child = command.arg(wav).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let id = lines.next().unwrap();
        let on_disk = |line: String| line.strip_prefix("on disk ")?.parse::<u64>().ok();
        assert!(lines.by_ref().filter_map(on_disk).any(|on_disk| on_disk >= ms));
        // Read on, so that the program never writes into a closed pipe.
        std::thread::spawn(move || lines.for_each(drop));
        (child, id)
    }

    fn rescue(&self, from: &Path, out: &Path) -> Output {
        let mut command = self.session.command(env!("CARGO_BIN_EXE_medrecord-recorder"));
        command.args(["rescue", "--recovery-key"]).arg(&self.recovery);
        command.arg("--from").arg(from).arg("--out").arg(out).output().unwrap()
    }

    /// The first seconds of the shipped note, spoken by a person's voice, as 16 kHz WAV.
    fn speech(&self, seconds: usize) -> (PathBuf, Vec<i16>) {
        let note = include_bytes!("../../../../fixtures/progress-note.flac");
        let mut pcm = flac::decode_up_to(note, 16_000 * 600).unwrap();
        pcm.truncate(seconds * 16_000);
        let path = self.session.path(&format!("speech-{seconds}.wav"));
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 16_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        pcm.iter().for_each(|sample| writer.write_sample(*sample).unwrap());
        writer.finalize().unwrap();
        (path, pcm)
    }
}

fn samples(wav: &Path) -> Vec<i16> {
    let wav =
        hound::WavReader::open(wav).unwrap_or_else(|error| panic!("{}: {error}", wav.display()));
    wav.into_samples().map(Result::unwrap).collect()
}
