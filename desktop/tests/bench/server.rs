//! The real server on the real database: a database of this test's own, one clinician, the built-in speech engine.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use tauri::Url;

use super::folders::Folders;
use super::process::{Process, built, run};
use super::project;

pub(crate) const EMAIL: &str = "okafor@example.org";
pub(crate) const PASSWORD: &str = "correct horse battery staple";

pub(crate) struct Server {
    // Ends before its database goes.
    process: Option<Process>,
    database: Database,
    folders: Folders,
    /// Origin of the API and the review pages.
    pub(crate) origin: String,
}

impl Server {
    pub(crate) fn start_new(folders: &Folders) -> Self {
        let database = Database::create();
        lay_out_pages(&folders.root.join("pages"));
        let mut server =
            Self { process: None, database, folders: folders.clone(), origin: String::new() };
        run(server.command().args(["keys", "new"]).arg(folders.root.join("keys")));
        run(server.command().arg("migrate"));
        let vocabulary =
            std::fs::read_to_string(project().join("fixtures/demo-vocabulary.txt")).unwrap();
        let terms: Vec<&str> =
            vocabulary.split([',', '\n']).map(str::trim).filter(|term| !term.is_empty()).collect();
        run(server.command().env("MEDRECORD_PASSWORD", PASSWORD).args([
            "user",
            "add",
            "--email",
            EMAIL,
            "--name",
            "Dr. Ada Okafor",
            "--vocabulary",
            &terms.join(", "),
        ]));
        server.start();
        server
    }

    /// Where it was before, or on a free port.
    pub(crate) fn start(&mut self) {
        let port = self.origin.rsplit(':').next().filter(|port| !port.is_empty()).unwrap_or("0");
        let mut command = self.command();
        let (process, origin) = Process::start_until(
            "server",
            command.env("PORT", port).arg("serve"),
            &self.folders.root,
            |line| line.strip_prefix("listening on ").map(str::to_owned),
        );
        (self.process, self.origin) = (Some(process), origin);
    }

    /// Where what nginx serves as `/updates/` lies here.
    pub(crate) fn updates(&self) -> PathBuf {
        self.folders.root.join("pages/updates")
    }

    /// SIGKILL.
    pub(crate) fn stop(&mut self) {
        self.process = None;
    }

    /// A statement on the server's database.
    pub(crate) fn execute(&self, statement: &str) {
        execute(&self.database.url, statement);
    }

    fn command(&self) -> Command {
        let mut command = self.folders.command(built("medrecord-server"));
        let path = |name: &str| self.folders.root.join(name);
        command
            .current_dir(project())
            .env("DATABASE_URL", self.database.url.as_str())
            .env("FRONTEND_URL", "http://127.0.0.1")
            .env("JWT_SECRET_FILE", path("keys/jwt_secret"))
            .env("MASTER_KEYS_FILE", path("keys/master_keys"))
            .env("RECEIPT_KEY_FILE", path("keys/receipt_key"))
            .env("AUDIO_DIR", path("audio"))
            .env("KEYS_DIR", path("wrapped-keys"))
            .env("REVIEW_DIR", path("pages"))
            .env("SPEECH_PROVIDER", "local")
            .env("SPEECH_MODEL_DIR", setting("SPEECH_MODEL_DIR"))
            .env("DRAFTING_PROVIDER", "dictated")
            .env("LOG_FORMAT", "text");
        command
    }
}

/// The built pages, in a folder to which a test may add.
fn lay_out_pages(folder: &Path) {
    std::fs::create_dir_all(folder.join("updates")).unwrap();
    for built in std::fs::read_dir(project().join("web/review/dist")).unwrap() {
        let built = built.unwrap();
        std::os::unix::fs::symlink(built.path(), folder.join(built.file_name())).unwrap();
    }
}

struct Database {
    cluster: Url,
    name: String,
    url: Url,
}

impl Database {
    fn create() -> Self {
        let cluster: Url = setting("DATABASE_URL").parse().unwrap();
        // Tests of one process run side by side.
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("medrecord_window_{}_{number}", std::process::id());
        let mut url = cluster.clone();
        url.set_path(&name);
        let database = Self { cluster, name, url };
        execute(&database.cluster, &format!("create database {}", database.name));
        database
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        execute(&self.cluster, &format!("drop database if exists {} with (force)", self.name));
    }
}

fn execute(url: &Url, statement: &str) {
    let arguments = ["-qX", "-v", "ON_ERROR_STOP=1", "-c", statement];
    run(Command::new("psql").arg(url.as_str()).args(arguments));
}

fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: run this test by `cargo xtask test`, which sets it")
    })
}
