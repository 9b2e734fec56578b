//! The production file, brought up, alone or with the file for several machines: data, secrets and certificate in a folder
//! of its own, ports of its own, the files themselves unchanged.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::certificate::Authority;
use super::client::Client;
use super::container::Container;
use super::engine::Engine;
use super::secrets;
use crate::{paths, run};

/// Of the images that are built here.
pub(crate) const RELEASE: &str = "compose-test";
pub(crate) const SERVICES: [&str; 4] = ["postgres", "server", "worker", "nginx"];

/// What is brought up.
pub(crate) struct Shape {
    /// Of Compose; also the folder's, below the target folder's `xtask`.
    name: &'static str,
    files: &'static [&'static str],
    /// The service that answers queries.
    database: &'static str,
}

pub(crate) const ONE_MACHINE: Shape =
    Shape { name: "compose-test", files: &["docker-compose.prod.yml"], database: "postgres" };

/// What is elsewhere in life runs beside it.
pub(crate) const SEVERAL: Shape = Shape {
    name: "scale-test",
    files: &["docker-compose.prod.yml", "docker-compose.scale.yml", "xtask/bases/elsewhere.yml"],
    database: "database",
};

/// A stack's folder, ports and settings.
pub(crate) struct Stack<'a> {
    pub(crate) engine: &'a Engine,
    shape: &'static Shape,
    settings: Vec<(&'static str, String)>,
    folder: PathBuf,
    pub(crate) http_port: u16,
    pub(crate) https_port: u16,
}

impl<'a> Stack<'a> {
    /// One that is not up; its folder is that of the run before.
    pub(crate) fn new(engine: &'a Engine, shape: &'static Shape) -> Result<Self> {
        Ok(Self {
            engine,
            shape,
            settings: Vec::new(),
            folder: paths::target().join("xtask").join(shape.name),
            http_port: free_port()?,
            https_port: free_port()?,
        })
    }

    /// Makes the folder anew, with all that the stack finds in it.
    pub(crate) fn prepare(&self) -> Result<()> {
        self.down()?;
        let _ = fs::remove_dir_all(&self.folder);
        for (part, owner) in FOLDERS {
            let part = self.data().join(part);
            fs::create_dir_all(&part).with_context(|| format!("make {}", part.display()))?;
            secrets::give_to(&part, owner)?;
        }
        secrets::make(&self.secrets())?;
        let authority = Authority::make(&self.folder.join("ca"))?;
        authority.issue("localhost", &self.data().join("tls"), secrets::NGINX)
    }

    /// A line of .env.
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.settings.retain(|(known, _)| *known != name);
        self.settings.push((name, value.into()));
    }

    /// Builds images with Compose, as `deploy.sh` does.
    pub(crate) fn build(&self, services: &[&str]) -> Result<()> {
        run::quiet(self.compose().arg("build").args(services)).map(drop)
    }

    /// Everything up and healthy.
    pub(crate) fn up(&self) -> Result<()> {
        self.up_with(&[])
    }

    /// The same with more of Compose's arguments, or these services alone.
    pub(crate) fn up_with(&self, arguments: &[&str]) -> Result<()> {
        let mut up = self.compose();
        // podman takes every container for changed.
        up.args(["up", "--detach", "--no-recreate", "--wait", "--wait-timeout", "180"]);
        run::quiet(up.args(arguments)).map(drop).inspect_err(|_| self.show_logs())
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
        self.exec(self.shape.database, &psql)
    }

    /// A service's only container.
    pub(crate) fn container(&self, service: &str) -> Result<Container<'a>> {
        Ok(self.containers(service, 1)?.remove(0))
    }

    /// So many are a service's containers.
    pub(crate) fn containers(&self, service: &str, number: usize) -> Result<Vec<Container<'a>>> {
        let ids = run::stdout(self.compose().args(["ps", "--all", "--quiet", service]))?;
        let ids: Vec<_> = ids.lines().map(str::to_owned).collect();
        ensure!(ids.len() == number, "{service} has {} containers, not {number}", ids.len());
        let container = |(at, id): (usize, String)| {
            let name =
                if number == 1 { service.to_owned() } else { format!("{service} {}", at + 1) };
            Container { engine: self.engine, name, id }
        };
        Ok(ids.into_iter().enumerate().map(container).collect())
    }

    pub(crate) fn compose(&self) -> Command {
        let mut compose = self.engine.docker();
        compose.args(["compose", "--env-file", "/dev/null"]);
        for file in self.shape.files {
            compose.args(["--file", file]);
        }
        compose
            .env("COMPOSE_PROJECT_NAME", format!("medrecord-{}", self.shape.name))
            .env("COMPOSE_PROGRESS", "plain")
            .env("RELEASE", RELEASE)
            .env("MEDRECORD_DATA", self.data())
            .env("SECRETS_DIR", self.secrets())
            .env("HTTP_PORT", self.http_port.to_string())
            .env("HTTPS_PORT", self.https_port.to_string())
            .env("SERVER_NAME", "localhost")
            .env("FRONTEND_URL", self.origin());
        compose.envs(self.settings.iter().map(|(name, value)| (name, value)));
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

    pub(crate) fn secrets(&self) -> PathBuf {
        self.folder.join("secrets")
    }

    /// What nginx wrote down, in its files of a day each.
    pub(crate) fn access_log(&self) -> Result<String> {
        let mut log = String::new();
        for file in fs::read_dir(self.data().join("logs/nginx"))? {
            let path = file?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            ensure!(
                name.starts_with("access-20") && name.len() == "access-2026-11-27.log".len(),
                "{name} in nginx' logs is no file of a day"
            );
            log.push_str(&fs::read_to_string(&path)?);
        }
        Ok(log)
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
