//! Programs that the bench starts: each in a process group of its own, with its output in a file, ended on drop.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long a program may take to say that it is ready.
const READY: Duration = Duration::from_secs(60);

/// A running program and what it started itself.
pub(crate) struct Process {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Process {
    /// Starts `command`; all it prints goes to `logs/NAME.log`.
    pub(crate) fn start(name: &str, command: &mut Command, logs: &Path) -> Self {
        let log = logs.join(format!("{name}.log"));
        let file = File::create(&log).unwrap();
        command.stdout(file.try_clone().unwrap()).stderr(file);
        Self { child: spawn(name, command), name: name.to_owned(), log }
    }

    /// Starts `command` and waits until `answer` finds what it looks for in a line of its standard output.
    pub(crate) fn start_until<T>(
        name: &str,
        command: &mut Command,
        logs: &Path,
        answer: impl Fn(&str) -> Option<T>,
    ) -> (Self, T) {
        let log = logs.join(format!("{name}.log"));
        command.stdout(Stdio::piped()).stderr(File::create(&log).unwrap());
        let mut child = spawn(name, command);
        let output = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let process = Self { child, name: name.to_owned(), log };
        let (send, lines) = mpsc::channel();
        // Reads on after the answer, so that the program never writes into a closed pipe.
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).for_each(|line| drop(send.send(line)))
        });
        let deadline = Instant::now() + READY;
        loop {
            let line = lines
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
                .unwrap_or_else(|_| {
                    panic!("{name} ended, or was not ready within {READY:?}. {INSTALL}")
                });
            if let Some(found) = answer(&line) {
                return (process, found);
            }
        }
    }

    /// Panics when the program has ended.
    pub(crate) fn assert_runs(&mut self) {
        if let Some(status) = self.child.try_wait().unwrap() {
            panic!("{} ended: {status}", self.name);
        }
    }

    /// Waits for the program's own end.
    pub(crate) fn wait(mut self, within: Duration) {
        let end = format!("{} ends", self.name);
        let status = wait_until(&end, within, || self.child.try_wait().unwrap());
        assert!(status.success(), "{} ended: {status}", self.name);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        let running = matches!(self.child.try_wait(), Ok(None));
        // The group, because drivers start browsers; SIGKILL, because a test has nothing to tidy up.
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        if running {
            let _ = self.child.wait();
        }
        if std::thread::panicking() {
            let output = std::fs::read_to_string(&self.log).unwrap_or_default();
            let lines: Vec<&str> = output.lines().collect();
            eprintln!(
                "---- {} ----\n{}",
                self.name,
                lines[lines.len().saturating_sub(25)..].join("\n")
            );
        }
    }
}

/// Waits until `condition` gives something, or fails naming `what`.
pub(crate) fn wait_until<T>(
    what: &str,
    within: Duration,
    mut condition: impl FnMut() -> Option<T>,
) -> T {
    let deadline = Instant::now() + within;
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(Instant::now() < deadline, "{what}: not within {within:?}");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

/// Sends SIGTERM to the one program that was started with `argument`, and waits until it has ended.
pub(crate) fn terminate(argument: &Path, within: Duration) {
    let pid = started_with(argument).expect("the program runs");
    run(Command::new("kill").args(["-s", "TERM", &pid]));
    wait_until("the program ends", within, || has_ended(&pid).then_some(()));
}

/// SIGKILL for the one program that was started with `argument`; returns when it has ended.
pub(crate) fn kill(argument: &Path) {
    let pid = started_with(argument).expect("the program runs");
    run(Command::new("kill").args(["-s", "KILL", &pid]));
    wait_until("the program ends", Duration::from_secs(10), || has_ended(&pid).then_some(()));
}

/// Waits until a process runs from this file.
pub(crate) fn wait_until_runs(program: &Path, within: Duration) {
    wait_until(&format!("{} is started", program.display()), within, || {
        let entries = std::fs::read_dir("/proc").unwrap().flatten();
        let mut programs = entries.filter_map(|entry| entry.path().join("exe").read_link().ok());
        programs.any(|running| running == program).then_some(())
    });
}

/// All its threads are over and its files closed: gone, or only waiting to be reaped.
fn has_ended(pid: &str) -> bool {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return true };
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    threads.count() <= 1 && (status.is_empty() || status.contains("State:\tZ"))
}

fn started_with(argument: &Path) -> Option<String> {
    let argument = argument.to_str().expect("a test's folder has a plain name");
    let has_it = |pid: &String| {
        let line = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let program = line.split('\0').next().unwrap_or_default();
        program.ends_with("medrecord-desktop") && line.split('\0').any(|other| other == argument)
    };
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).find(has_it)
}

/// Runs a program to its end and gives its standard output.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{:?}: {error}. {INSTALL}", command.get_program()));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A program that this workspace builds, beside the test itself.
pub(crate) fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.ancestors().nth(2).expect("target/debug/deps/TEST has two folders above it");
    let program = folder.join(name);
    assert!(program.exists(), "{} is missing: run `cargo build --workspace`", program.display());
    program
}

const INSTALL: &str = "`cargo xtask setup` installs what the tests need";

fn spawn(name: &str, command: &mut Command) -> Child {
    command.stdin(Stdio::null()).process_group(0);
    command.spawn().unwrap_or_else(|error| panic!("{name} does not start: {error}. {INSTALL}"))
}
