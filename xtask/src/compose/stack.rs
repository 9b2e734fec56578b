//! The production file, brought up: data, secrets and certificate in a folder of its own, ports of its own, the file itself
//! unchanged.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::certificate;
use super::client::Client;
use super::engine::Engine;
use super::secrets;
use super::wait::wait_until;
use crate::run;

const FILE: &str = "docker-compose.prod.yml";
/// Of the images that are built here.
pub(crate) const RELEASE: &str = "compose-test";
pub(crate) const SERVICES: [&str; 4] = ["postgres", "server", "worker", "nginx"];

/// A stack's folder and name.
pub(crate) struct Stack<'a> {
    pub(crate) engine: &'a Engine,
    folder: PathBuf,
    pub(crate) http_port: u16,
    pub(crate) https_port: u16,
}

impl<'a> Stack<'a> {
    /// Makes the folder anew, with all that the stack finds in it.
    pub(crate) fn prepare(engine: &'a Engine, folder: &Path) -> Result<Self> {
        let stack = Self {
            engine,
            folder: folder.to_path_buf(),
            http_port: free_port()?,
            https_port: free_port()?,
        };
        stack.down()?;
        let _ = fs::remove_dir_all(folder);
        for (part, owner) in FOLDERS {
            let part = stack.data().join(part);
            fs::create_dir_all(&part).with_context(|| format!("make {}", part.display()))?;
            secrets::give_to(&part, owner)?;
        }
        secrets::make(&stack.folder.join("secrets"))?;
        certificate::make(&stack.folder.join("ca"), &stack.data().join("tls"))?;
        Ok(stack)
    }

    /// Builds images with Compose, as `deploy.sh` does.
    pub(crate) fn build(&self, services: &[&str]) -> Result<()> {
        run::quiet(self.compose().arg("build").args(services)).map(drop)
    }

    /// Everything up and healthy.
    pub(crate) fn up(&self) -> Result<()> {
        run::quiet(self.compose().args(["up", "--detach", "--wait", "--wait-timeout", "180"]))
            .map(drop)
            .inspect_err(|_| self.show_logs())
    }

    /// Everything down; the data stays.
    pub(crate) fn down(&self) -> Result<()> {
        run::quiet(self.compose().args(["down", "--remove-orphans", "--timeout", "20"])).map(drop)
    }

    /// `docker compose exec` without a terminal.
    pub(crate) fn exec(&self, service: &str, command: &[&str]) -> Result<String> {
        run::stdout(self.compose().args(["exec", "-T", service]).args(command))
    }

    /// What a query answers, a row a line.
    pub(crate) fn query(&self, query: &str) -> Result<String> {
        let psql =
            ["psql", "--no-psqlrc", "--username=medrecord", "--dbname=medrecord", "-Atc", query];
        self.exec("postgres", &psql)
    }

    /// A container's id.
    pub(crate) fn container(&self, service: &str) -> Result<String> {
        let id = run::stdout(self.compose().args(["ps", "--all", "--quiet", service]))?;
        ensure!(!id.is_empty() && !id.contains('\n'), "there is not one container of {service}");
        Ok(id)
    }

    /// Waits until a restarted container says that it is well again.
    pub(crate) fn until_healthy(&self, service: &str) -> Result<Duration> {
        let id = self.container(service)?;
        let state = "{{.State.Running}} {{.State.Health.Status}}";
        wait_until(&format!("{service} is healthy"), Duration::from_secs(120), || {
            let mut inspect = self.engine.docker();
            let said = run::stdout(inspect.args(["inspect", "--format", state, &id]))?;
            Ok(said == "true healthy")
        })
    }

    pub(crate) fn compose(&self) -> Command {
        let mut compose = self.engine.docker();
        compose.args(["compose", "--env-file", "/dev/null", "--file", FILE]);
        compose
            .env("COMPOSE_PROJECT_NAME", "medrecord-compose-test")
            .env("COMPOSE_PROGRESS", "plain")
            .env("RELEASE", RELEASE)
            .env("MEDRECORD_DATA", self.data())
            .env("SECRETS_DIR", self.folder.join("secrets"))
            .env("HTTP_PORT", self.http_port.to_string())
            .env("HTTPS_PORT", self.https_port.to_string())
            .env("SERVER_NAME", "localhost")
            .env("FRONTEND_URL", self.origin());
        compose
    }

    pub(crate) fn origin(&self) -> String {
        format!("https://localhost:{}", self.https_port)
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.origin(), self.authority())
    }

    /// The certificate that the test's own authority is known by.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.join("ca/ca.pem")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(crate) fn path(&self, part: &str) -> PathBuf {
        self.folder.join(part)
    }

    fn show_logs(&self) {
        let _ = self.compose().args(["ps", "--all"]).stdin(Stdio::null()).status();
        let _ = self.compose().args(["logs", "--tail", "20"]).stdin(Stdio::null()).status();
    }
}

/// Below MEDRECORD_DATA, each with the user that writes there.
const FOLDERS: [(&str, u32); 10] = [
    ("uploads", secrets::SERVER),
    ("keys", secrets::SERVER),
    ("tls", secrets::NGINX),
    ("acme", secrets::NGINX),
    ("logs/nginx", secrets::NGINX),
    ("logs/postgres", secrets::POSTGRES),
    ("postgres", secrets::POSTGRES),
    ("backups/pgbackrest", secrets::POSTGRES),
    ("backups", 0),
    ("status", 0),
];

pub(super) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).context("no free port")?.local_addr()?.port())
}
