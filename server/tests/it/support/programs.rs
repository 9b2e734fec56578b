//! The real programs as processes: server and recorder, in a folder of their own, killed on drop.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use sqlx::{ConnectOptions as _, PgPool};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::port::port;

pub(crate) const EMAIL: &str = "okafor@clinic.test";
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// Nothing here takes a minute; a test that waits that long has failed.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// One server installation and one workstation.
pub(crate) struct Programs {
    pub(crate) dir: tempfile::TempDir,
    database_url: String,
    speech_url: String,
    port: u16,
}

/// A running server; SIGKILL on drop.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) url: String,
}

impl Programs {
    /// Makes keys, a clinician and, on a free port, a place for the server.
    pub(crate) async fn new(pool: &PgPool, speech_url: &str) -> Self {
        let database_url = pool.connect_options().to_url_lossy().to_string();
        let port = port();
        let dir = tempfile::tempdir().unwrap();
        let programs = Self { dir, database_url, speech_url: speech_url.to_owned(), port };
        let keys = programs.path("keys");
        programs.server().args(["keys", "new"]).arg(&keys).status().await.unwrap();
        let user = programs
            .server()
            .args(["user", "add", "--email", EMAIL, "--name", "Dr. Okafor"])
            .args(["--vocabulary", "metformin, lisinopril"])
            .env("MEDRECORD_PASSWORD", PASSWORD)
            .output()
            .await
            .unwrap();
        assert!(user.status.success(), "user add: {}", String::from_utf8_lossy(&user.stderr));
        programs
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs a command of the server's to its end and returns what it printed.
    pub(crate) async fn server_prints(&self, arguments: &[&str]) -> String {
        let output = within(self.server().args(arguments).output()).await.unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "medrecord-server {arguments:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn server(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_medrecord-server"));
        let keys = self.path("keys");
        command
            .env("DATABASE_URL", &self.database_url)
            .env("HOST", "127.0.0.1")
            .env("PORT", self.port.to_string())
            .env("FRONTEND_URL", format!("http://127.0.0.1:{}", self.port))
            .env("JWT_SECRET_FILE", keys.join("jwt_secret"))
            .env("MASTER_KEYS_FILE", keys.join("master_keys"))
            .env("RECEIPT_KEY_FILE", keys.join("receipt_key"))
            .env("AUDIO_DIR", self.path("audio"))
            .env("KEYS_DIR", self.path("wrapped"))
            .env("SPEECH_PROVIDER", "openai")
            .env("OPENAI_BASE_URL", &self.speech_url)
            .env("OPENAI_API_KEY", "sk-test")
            .env("DRAFTING_PROVIDER", "dictated")
            .env("JOB_LEASE_SECONDS", "2")
            .env("RUST_LOG", "debug")
            .kill_on_drop(true);
        command
    }

    /// Starts the server and returns once it listens. Its log goes to `server.log` in the folder.
    pub(crate) async fn serve(&self) -> Server {
        self.start(self.server().arg("serve")).await
    }

    /// The same, by a command that is more than the program's own.
    pub(crate) async fn start(&self, command: &mut Command) -> Server {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.path("server.log"))
            .unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = within(lines.next_line()).await.unwrap();
        let log = || std::fs::read_to_string(self.path("server.log")).unwrap_or_default();
        let line = line.unwrap_or_else(|| panic!("the server ended: {}", log()));
        let url = line.strip_prefix("listening on ").expect("the line that tests rely on");
        Server { child, url: url.to_owned() }
    }

    /// The headless recorder with a key file; its log goes to `recorder.log`.
    pub(crate) fn recorder(&self) -> Command {
        let program = Path::new(env!("CARGO_BIN_EXE_medrecord-server"))
            .with_file_name(format!("medrecord-recorder{}", std::env::consts::EXE_SUFFIX));
        assert!(program.exists(), "build it first: cargo build -p medrecord-recorder");
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.path("recorder.log"))
            .unwrap();
        let mut command = Command::new(program);
        command
            .arg("--data")
            .arg(self.path("workstation"))
            .arg("--key-file")
            .arg(self.path("outbox.key"))
            .env("RUST_LOG", "debug")
            .stderr(log)
            .kill_on_drop(true);
        command
    }

    /// Runs the recorder to its end and returns what it printed.
    pub(crate) async fn recorder_prints(&self, arguments: &[&str]) -> String {
        let output = within(self.recorder().args(arguments).output()).await.unwrap();
        let log = std::fs::read_to_string(self.path("recorder.log")).unwrap_or_default();
        assert!(output.status.success(), "medrecord-recorder {arguments:?}: {log}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) async fn enrol(&self, server: &Server) {
        let mut recorder = self.recorder();
        recorder.args(["enrol", "--server", &server.url, "--email", EMAIL]);
        recorder.args(["--device-name", "Room 4"]).env("MEDRECORD_PASSWORD", PASSWORD);
        let output = within(recorder.output()).await.unwrap();
        let log = std::fs::read_to_string(self.path("recorder.log")).unwrap_or_default();
        assert!(output.status.success(), "enrol: {log}");
    }
}

impl Server {
    /// SIGKILL, and the process is gone.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// SIGTERM; it does what is under way and ends well.
    pub(crate) async fn stop(mut self) {
        let id = Pid::from_raw(self.child.id().unwrap().try_into().unwrap()).unwrap();
        kill_process(id, Signal::TERM).unwrap();
        assert!(within(self.child.wait()).await.unwrap().success());
    }
}

/// Lines that a program prints.
pub(crate) fn lines_of(child: &mut Child) -> Lines<BufReader<ChildStdout>> {
    BufReader::new(child.stdout.take().expect("stdout is piped")).lines()
}

/// The result, or a failed test after [`DEADLINE`].
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future).await.expect("it ends in time")
}
