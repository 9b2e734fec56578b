//! podman in Docker's place: its API on a socket of our own, images in the cache, Docker Compose in front of it.
//!
//! Without systemd nobody runs health checks for podman: a thread of ours does.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::health::HealthChecks;
use super::wait::wait_until;
use crate::service::{Service, Stop, Stream, bound_to_us};
use crate::{paths, run, setup};

/// `crun` fails where cgroups of both versions are mounted; `runc` does not.
const CONTAINERS: &str = r#"[containers]
default_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
[network]
network_backend = "netavark"
"#;

/// A running engine, ended with us.
pub(crate) struct Engine {
    settings: Settings,
    _health: HealthChecks,
    _service: Option<Service>,
}

/// What every command needs to find it.
#[derive(Clone)]
pub(super) struct Settings {
    folder: PathBuf,
}

impl Engine {
    /// Starts it, or joins the one that runs already.
    pub(crate) fn start() -> Result<Self> {
        ensure!(is_root(), "containers need root here: run this as root, or with sudo");
        let settings = Settings::write(&paths::cache()?.join("containers"))?;
        let socket = settings.socket();
        let service = if UnixStream::connect(&socket).is_ok() {
            None
        } else {
            let _ = fs::remove_file(&socket);
            Some(settings.serve(&socket)?)
        };
        let health = HealthChecks::start(settings.clone());
        Ok(Self { settings, _health: health, _service: service })
    }

    pub(crate) fn podman(&self) -> Command {
        self.settings.podman()
    }

    /// The `docker` command, Compose among its plugins.
    pub(crate) fn docker(&self) -> Command {
        self.command("docker")
    }

    /// A program that uses `docker`.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = run::command(program);
        self.settings.tell(&mut command);
        command
    }
}

impl Settings {
    fn write(folder: &Path) -> Result<Self> {
        let plugins = folder.join("docker/cli-plugins");
        for part in [&folder.join("storage"), &folder.join("run"), &plugins] {
            fs::create_dir_all(part).with_context(|| format!("make {}", part.display()))?;
        }
        fs::write(folder.join("containers.conf"), CONTAINERS)?;
        let place = folder.display();
        let storage = format!(
            "[storage]\ndriver = \"overlay\"\ngraphroot = \"{place}/storage\"\nrunroot = \"{place}/run\"\n"
        );
        fs::write(folder.join("storage.conf"), storage)?;
        fs::write(folder.join("docker/config.json"), "{}\n")?;
        let plugin = plugins.join("docker-compose");
        let _ = fs::remove_file(&plugin);
        symlink(setup::COMPOSE.path()?, &plugin)?;
        Ok(Self { folder: folder.to_path_buf() })
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("podman.sock")
    }

    fn serve(&self, socket: &Path) -> Result<Service> {
        let mut podman = bound_to_us(Path::new("podman"), Stop::Terminate, false);
        podman.args(["system", "service", "--time=0"]).arg(format!("unix://{}", socket.display()));
        self.tell(&mut podman);
        let log = self.folder.join("podman.log");
        let service = Service::start("podman", podman, &log, Stop::Terminate, Stream::Stderr)?;
        wait_until("podman's socket", Duration::from_secs(20), || {
            Ok(UnixStream::connect(socket).is_ok())
        })?;
        Ok(service)
    }

    pub(super) fn podman(&self) -> Command {
        let mut podman = run::command("podman");
        self.tell(&mut podman);
        podman
    }

    fn tell(&self, command: &mut Command) {
        command
            .env("DOCKER_HOST", format!("unix://{}", self.socket().display()))
            .env("DOCKER_CONFIG", self.folder.join("docker"))
            .env("CONTAINERS_CONF", self.folder.join("containers.conf"))
            .env("CONTAINERS_STORAGE_CONF", self.folder.join("storage.conf"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let ours = setup::DOCKER.folder().ok().into_iter();
        if let Ok(path) = std::env::join_paths(ours.chain(std::env::split_paths(&path))) {
            command.env("PATH", path);
        }
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|us| us.uid() == 0)
}
