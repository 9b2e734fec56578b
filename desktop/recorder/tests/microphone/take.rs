//! The program while it records, and what it recorded.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use medrecord_common::audio::flac;
use medrecord_common::recording::{ChangeKind, Gap};
use medrecord_recorder::recorder::{Recorder, RecorderConfig};
use medrecord_recorder::vault::KeyFile;

use super::compare;
use super::sound::Sound;
use super::voice::Voice;

/// Longer than anything takes here: opening a stream on a server that has just started takes 2 s.
const PATIENCE: Duration = Duration::from_secs(30);

/// Seconds around its place in which a stretch is looked for: a machine that is busy takes its time to begin.
const AWAY: usize = 20;

pub(crate) struct Take {
    program: Child,
    lines: Receiver<String>,
    said: Vec<String>,
    data: PathBuf,
}

impl Take {
    /// Records from the moment that this returns, with a microphone that is warm or not.
    pub(crate) fn press(sound: &Sound, warm: bool) -> Self {
        let mut take =
            Self::launch(sound, if warm { &["--on-line", "--warm"] } else { &["--on-line"] });
        super::pass(4);
        let mut keys = take.program.stdin.take().expect("stdin is piped");
        writeln!(keys).unwrap();
        take
    }

    /// Chooses the headset and records, from when its first half second is on disk.
    pub(crate) fn start(sound: &Sound) -> Self {
        let mut take = Self::launch(sound, &[]);
        take.wait_for("on disk 500");
        take
    }

    fn launch(sound: &Sound, arguments: &[&str]) -> Self {
        let data = sound.folders.root.join("data");
        let recorder = open(&data);
        recorder.outbox().set_setting("microphone", Some("pulseaudio:headset")).unwrap();
        drop(recorder);
        let mut command = sound.folders.command(env!("CARGO_BIN_EXE_medrecord-recorder"));
        command.arg("--data").arg(&data).arg("--key-file").arg(data.with_extension("key"));
        command.arg("record").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut program = command.spawn().unwrap();
        let output = BufReader::new(program.stdout.take().unwrap());
        let (send, lines) = channel();
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).for_each(|line| drop(send.send(line)));
        });
        Self { program, lines, said: Vec::new(), data }
    }

    /// Until the program says so; prints how long that took.
    pub(crate) fn wait_for(&mut self, wanted: &str) {
        let began = Instant::now();
        while !self.said.iter().any(|line| line == wanted) {
            let left = PATIENCE.saturating_sub(began.elapsed());
            let line = self
                .lines
                .recv_timeout(left)
                .unwrap_or_else(|_| panic!("{wanted}: not within {PATIENCE:?}; {:?}", self.said));
            self.said.push(line);
        }
        println!(
            "{wanted}: after {:.2} s; before it {:?}",
            began.elapsed().as_secs_f64(),
            self.said
        );
        self.said.clear();
    }

    /// Whether the program has said so since what was waited for last.
    pub(crate) fn said(&mut self, line: &str) -> bool {
        self.said.extend(self.lines.try_iter());
        self.said.iter().any(|said| said == line)
    }

    pub(crate) fn stop(mut self) -> Recorded {
        let pid = self.program.id().to_string();
        let stopped = std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap();
        assert!(stopped.success());
        assert!(self.program.wait().unwrap().success());
        Recorded::read(&self.data)
    }
}

impl Drop for Take {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn open(data: &std::path::Path) -> Recorder {
    let secrets = Arc::new(KeyFile::new(data.with_extension("key")));
    Recorder::open(RecorderConfig { data_dir: data.to_owned(), secrets, key_file: true }).unwrap()
}

pub(crate) struct Recorded {
    /// Where each unbroken stretch begins, and its samples.
    stretches: Vec<(usize, Vec<i16>)>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) microphones: Vec<String>,
}

impl Recorded {
    fn read(data: &std::path::Path) -> Self {
        let recorder = open(data);
        let id = recorder.recordings().unwrap()[0].id;
        let outbox = recorder.outbox();
        let mut stretches: Vec<(usize, Vec<i16>)> = Vec::new();
        for entry in outbox.segments(id).unwrap() {
            let pcm = flac::decode(&outbox.segment(id, entry.seq).unwrap().flac).unwrap();
            let start = entry.header.start as usize;
            match stretches.last_mut() {
                Some((from, last)) if *from + last.len() == start => last.extend(pcm),
                _ => stretches.push((start, pcm)),
            }
        }
        let (mut gaps, mut microphones) = (Vec::new(), Vec::new());
        for stored in outbox.change_list(id).unwrap() {
            match stored.change.what {
                ChangeKind::Gap(gap) => gaps.push(gap),
                ChangeKind::Microphone { name, .. } => microphones.push(name),
                _ => {}
            }
        }
        Self { stretches, gaps, microphones }
    }

    /// The moment of the voice at which it begins, in seconds.
    pub(crate) fn begins_at(&self, voice: &Voice) -> f64 {
        let (start, pcm) = &self.stretches[0];
        let found = compare::find(pcm, *start, &[voice.heard(0.0)], 20);
        found.first().expect("somebody spoke").lag as f64 / 16_000.0
    }

    /// All of it is what was played, and all of it when it was played: so the gaps are right within 50 ms.
    pub(crate) fn assert_in_step(&self, voice: &Voice) {
        // A microphone's samples lie between those of the voice.
        let reference: Vec<Vec<i16>> = (0..6).map(|n| voice.heard(f64::from(n) / 6.0)).collect();
        println!("microphones {:?}", self.microphones);
        for gap in &self.gaps {
            let (at, length) = (gap.start as f64 / 16_000.0, gap.samples as f64 / 16_000.0);
            println!("gap at {at:.2} s: {length:.3} s, {}", gap.reason.as_str());
        }
        let mut lags = Vec::new();
        let mut correlations = Vec::new();
        for (start, pcm) in &self.stretches {
            let found = compare::find(pcm, *start, &reference, AWAY);
            println!(
                "stretch at {:.2} s, {:.2} s: {} windows, lag {:?} ms",
                *start as f64 / 16_000.0,
                pcm.len() as f64 / 16_000.0,
                found.len(),
                found.first().map(|found| found.lag / 16)
            );
            for pair in found.windows(2) {
                if (pair[0].lag - pair[1].lag).abs() > 16 || pair[1].correlation < 0.99 {
                    println!("  at {:.2} s: {:?}", pair[1].at as f64 / 16_000.0, pair[1]);
                }
            }
            lags.extend(found.iter().map(|found| found.lag));
            correlations.extend(found.iter().map(|found| (found.correlation, found.at)));
        }
        let worst = correlations.iter().copied().min_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
        let (first, last) = (lags.iter().min().unwrap(), lags.iter().max().unwrap());
        println!(
            "{} windows, correlation at least {:.4} (at {:.1} s), in step within {} ms",
            correlations.len(),
            worst.0,
            worst.1 as f64 / 16_000.0,
            (last - first) / 16
        );
        assert!(worst.0 >= 0.99);
        assert!((last - first) <= 800, "{} ms", (last - first) / 16);
    }
}
